import { hasEnded, webhookClient } from "../../../src/durable/client.ts";
import { DurableService } from "../../support/durable-service.ts";
import { handle, statusReply } from "../../support/party.ts";

let service: DurableService;
const client = () => webhookClient({ url: service.url, timeLimitMs: 1000, pollMs: 5 });

beforeAll(async () => {
  service = await DurableService.start();
});
afterAll(() => service.stop());

describe("the durable client", () => {
  it("waits for the end", async () => {
    let looks = 0;
    service.answer(() =>
      ++looks < 3 ? statusReply("Running") : statusReply("Completed", { said: "hi" }),
    );
    const ended = await client().wait(handle, 5000);
    expect(ended).toMatchObject({ state: "Completed", output: { said: "hi", again: false } });
    expect(hasEnded(ended)).toBe(true);
  });

  it("waits no longer than it may, and not for what is not there", async () => {
    service.answer(() => statusReply("Running"));
    await expect(client().wait(handle, 1000)).rejects.toMatchObject({
      code: "deadline-passed",
      message: '"party-1" is still Running, after 1000 ms',
    });
    service.answer(() => ({ status: 404 }));
    await expect(client().wait(handle, 5000)).rejects.toMatchObject({
      code: "orchestration-lost",
    });
  });

  it("waits on through an outage of the service, and says what it saw last", async () => {
    let looks = 0;
    service.answer(() =>
      ++looks < 3 ? { status: 500 } : statusReply("Completed", { said: "hi" }),
    );
    expect(await client().wait(handle, 5000)).toMatchObject({ state: "Completed" });
    service.answer(() => ({ status: 500 }));
    await expect(client().wait(handle, 1000)).rejects.toMatchObject({
      code: "deadline-passed",
      message: expect.stringMatching(
        /^"party-1" could not be asked for: .* refused "status".*, after 1000 ms$/,
      ) as unknown,
    });
  });

  it("waits no longer than it may for a service that says nothing", async () => {
    service.answer(() => undefined);
    await expect(client().wait(handle, 50)).rejects.toMatchObject({
      code: "deadline-passed",
      message: '"party-1" was never seen, after 50 ms',
    });
  });
});
