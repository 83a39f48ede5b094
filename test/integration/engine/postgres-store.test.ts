import { PostgresStore } from "../../../local/functions-host/engine/postgres-store.ts";
import { withPostgres } from "../../support/postgres.ts";
import { describeStore } from "./store-contract.ts";

const server = withPostgres();

describeStore("PostgreSQL", async () => {
  const { url } = await server.newDatabase();
  const store = new PostgresStore(url);
  await store.open();
  return store;
});

describe("several hosts on one PostgreSQL", () => {
  it("make the tables at once without standing in each other's way", async () => {
    const { url } = await server.newDatabase();
    const stores = Array.from({ length: 5 }, () => new PostgresStore(url));
    await Promise.all(stores.map((store) => store.open()));
    await Promise.all(stores.map((store) => store.close()));
  });
});
