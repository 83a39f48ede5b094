import {
  SERVER_APPLICATION,
  entraKubeconfig,
  staticKubeconfig,
} from "../../support/azure/stand-in.ts";
import { AksStage, list, placeOf } from "../../support/azure/aks-stage.ts";

const stage = AksStage.use();

describe("the credentials of an AKS cluster with Entra", () => {
  it("are a token of the app's identity for the cluster's server application", async () => {
    const cluster = stage.connected();

    expect(await list(cluster)).toEqual([]);
    expect(stage.azure.issued.map(({ resource }) => resource)).toEqual([
      stage.azure.url,
      SERVER_APPLICATION,
    ]);
    expect(stage.azure.calls.filter((call) => !call.startsWith("GET token")).toSorted()).toEqual([
      "GET cluster",
      "POST credentials",
    ]);
  });

  it("are asked for once, however many calls begin together", async () => {
    const cluster = stage.connected();

    await Promise.all(Array.from({ length: 20 }, () => list(cluster)));
    expect(stage.tokens(SERVER_APPLICATION)).toBe(1);
    expect(stage.azure.calls.filter((call) => call === "POST credentials")).toHaveLength(1);
  });

  it("tell the cluster's region, which wins over the configuration", async () => {
    expect(await stage.connected({ clusterRegion: "northeurope" }).region()).toBe("westeurope");
  });

  it("are renewed before they expire", async () => {
    // The library renews two minutes before the end: this one is due at once, and still good.
    stage.azure.behaviour.lifetimeSeconds = 60;
    const cluster = stage.connected();

    await list(cluster);
    stage.azure.behaviour.lifetimeSeconds = 3_600;
    await list(cluster);
    await list(cluster);
    await expect(list(cluster)).resolves.toEqual([]);
    expect(stage.tokens(SERVER_APPLICATION)).toBeGreaterThan(1);
  });

  it("are renewed after the cluster refuses them, within the same call", async () => {
    const cluster = stage.connected();
    await list(cluster);

    stage.azure.revoke(SERVER_APPLICATION);
    expect(await list(cluster)).toEqual([]);
    expect(stage.tokens(SERVER_APPLICATION)).toBe(2);
  });

  it("are not asked for again and again when the cluster refuses the new ones, too", async () => {
    const cluster = stage.connected();
    await list(cluster);
    await stage.api.stop();
    const strict = await stage.startApi({ accepts: () => false });
    stage.azure.kubeconfig = entraKubeconfig(placeOf(strict));

    for (let call = 0; call < 5; call += 1) {
      await expect(list(cluster)).rejects.toThrow("the cluster does not accept our credentials");
    }
    expect(stage.tokens(SERVER_APPLICATION)).toBe(2);
  });

  it("lead to where the cluster has moved", async () => {
    const cluster = stage.connected();
    await list(cluster);

    await stage.api.stop();
    const moved = await stage.startApi();
    stage.azure.kubeconfig = entraKubeconfig(placeOf(moved));
    expect(await list(cluster)).toEqual([]);
  });

  it("lead to a cluster of this name that was made anew, with another CA at the same address", async () => {
    const cluster = stage.connected();
    await list(cluster);
    const port = Number(new URL(stage.api.url).port);
    await stage.api.stop();

    const anew = await stage.startApi({ port });
    stage.azure.kubeconfig = entraKubeconfig(placeOf(anew));
    expect(await list(cluster)).toEqual([]);
  });

  it("use new connections after a look that was taken for a request which could not be sent again", async () => {
    const cluster = stage.connected();
    await list(cluster);
    const port = Number(new URL(stage.api.url).port);
    await stage.api.stop();
    const anew = await stage.startApi({ port });
    stage.azure.kubeconfig = entraKubeconfig(placeOf(anew));

    // A connection to a pod looks, too, and has no request to repeat.
    await cluster.forward({ namespace: "toygres", name: "x" }, 5432).catch(() => undefined);
    expect(await list(cluster)).toEqual([]);
  });

  it("are asked for anew when a request for them was never answered", async () => {
    const cluster = stage.connected();
    await list(cluster);
    stage.azure.revoke(SERVER_APPLICATION);
    stage.azure.behaviour.silent = true;
    const swallowed = list(cluster);
    await expect(swallowed).rejects.toMatchObject({
      code: "sign-in-failed",
      message: `cannot sign in to ${SERVER_APPLICATION}: no token came within 15 s`,
    });

    stage.azure.behaviour.silent = false;
    expect(await list(cluster)).toEqual([]);
  });

  it("are asked for anew by the next call when a renewal failed", async () => {
    const cluster = stage.connected();
    await list(cluster);
    stage.azure.revoke(SERVER_APPLICATION);
    stage.azure.behaviour.token = () => ({ status: 500, body: {} });
    await expect(list(cluster)).rejects.toMatchObject({ code: "sign-in-failed" });

    stage.azure.behaviour.token = undefined;
    expect(await list(cluster)).toEqual([]);
  });

  it("never leave in an error or in what an error shows", async () => {
    const cluster = stage.connected();
    await list(cluster);
    await stage.api.stop();

    const error: unknown = await list(cluster).catch((it: unknown) => it);
    const shown = JSON.stringify([String(error), error, Reflect.get(Object(error), "details")]);
    for (const { token } of stage.azure.issued) expect(shown).not.toContain(token);
    expect(shown).toContain("nothing listens at the cluster's address");
  });
});

it("takes the static credential of a cluster without Entra as it is, and asks for a new one when it is refused", async () => {
  const valid = new Set(["first"]);
  const plain = await stage.startApi({ accepts: (token) => valid.has(token) });
  stage.azure.kubeconfig = staticKubeconfig({ ...placeOf(plain), token: "first" });
  const cluster = stage.connected();
  expect(await list(cluster)).toEqual([]);

  valid.clear();
  valid.add("second");
  stage.azure.kubeconfig = staticKubeconfig({ ...placeOf(plain), token: "second" });
  expect(await list(cluster)).toEqual([]);
  expect(stage.tokens(SERVER_APPLICATION)).toBe(0);
});
