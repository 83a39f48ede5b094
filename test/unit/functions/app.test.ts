import { createApp } from "../../../src/app.ts";
import { pick } from "../../../src/durable/library.ts";
import { toygres } from "../../../src/library.ts";

const app = createApp(toygres);
const endpoints = [...app.endpoints, ...app.liveness];

describe("the program", () => {
  it("has every call of the API, and asks for a key for all but its health", () => {
    const calls = endpoints.map(
      ({ method, route, authLevel }) => `${method} /${route} ${authLevel}`,
    );
    expect(calls.sort()).toEqual([
      "DELETE /instances/{id} function",
      "GET /health anonymous",
      "GET /health/live anonymous",
      "GET /instances function",
      "GET /instances/{id} function",
      "GET /instances/{id}/ca.pem function",
      "GET /instances/{id}/drift function",
      "GET /instances/{id}/events function",
      "GET /operations function",
      "GET /operations/{id} function",
      "GET /registry function",
      "POST /instances function",
      "POST /instances/{id}/password function",
      "POST /operations/{id}/cancel function",
    ]);
  });

  it("has names that the Functions host takes, each of them once", () => {
    const names = [...endpoints, ...app.timers].map(({ name }) => name);
    expect(names.filter((name) => !/^[A-Za-z][A-Za-z0-9_-]{0,127}$/.test(name))).toEqual([]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it("is refused without an orchestration that its API or its sweep starts", () => {
    const some = pick(toygres, ["toygres::activity::test-connection"]);
    expect(() => createApp(some)).toThrow(
      'library "toygres" lacks "toygres::orchestration::create-instance", "toygres::orchestration::delete-instance", "toygres::orchestration::health-check", "toygres::orchestration::monitor-operation", which the API or the sweep start',
    );
  });

  it("sweeps at its start and when the settings say, and looks for orphans every ten minutes", () => {
    const schedules = app.timers.map(({ name, atStart, schedule }) => ({
      name,
      atStart,
      schedule: schedule({ sweepSchedule: "0 * * * * *" }),
    }));
    expect(schedules).toEqual([
      { name: "sweep", atStart: true, schedule: "0 * * * * *" },
      { name: "look-for-orphans", atStart: true, schedule: "30 */10 * * * *" },
    ]);
  });
});
