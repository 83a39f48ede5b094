import { majorOfImage } from "../../../local/cluster/images/catalog.ts";
import { serverCommand } from "../../../local/cluster/images/postgres-arguments.ts";
import { statementsOf } from "../../../local/cluster/images/statements.ts";

describe("the image catalog", () => {
  it.each([
    ["postgres:18", "18"],
    ["docker.io/library/postgres:17", "17"],
    ["registry.example/mirror/postgres:16", "16"],
    [`postgres:18@sha256:${"a".repeat(64)}`, "18"],
    ["postgres:99", null],
    ["postgres", null],
    ["postgres:18-alpine", null],
    ["other.example/postgres:18", null],
    ["mysql:8", null],
  ])("knows %s as %s", (image, major) => {
    expect(majorOfImage(image, ["registry.example/mirror/"])).toBe(major);
  });
});

describe("a script of an image's first start", () => {
  it("is cut at its statements' ends only", () => {
    const script = `-- a; comment
CREATE ROLE "odd;name" PASSWORD 'semi;colon ''quoted'''; /* ; */
DO $body$ BEGIN PERFORM 'x;'; END $body$;
SELECT E'back\\'slash;'; select $$;$$
`;
    expect(statementsOf(script)).toEqual([
      `CREATE ROLE "odd;name" PASSWORD 'semi;colon ''quoted'''`,
      "DO $body$ BEGIN PERFORM 'x;'; END $body$",
      "SELECT E'back\\'slash;'",
      "select $$;$$",
    ]);
  });
});

describe("the server's arguments", () => {
  const options = {
    dataDirectory: "/host/data",
    address: "127.9.9.9",
    hostPath: (path: string) => `/host${path}`,
  };

  it("have the container's paths turned into the machine's, and the pod's address", () => {
    const given = [
      "postgres",
      "-c",
      "ssl_cert_file=/etc/tls/tls.crt",
      "--max-connections=20",
      "-p",
      "5433",
    ];
    const { args, port } = serverCommand(given, options);
    expect(port).toBe(5433);
    expect(args.filter((it) => it !== "-c")).toEqual([
      "-D",
      "/host/data",
      "ssl_cert_file=/host/etc/tls/tls.crt",
      "max_connections=20",
      "port=5433",
      "listen_addresses=127.9.9.9",
      "unix_socket_directories=",
      "logging_collector=off",
    ]);
  });

  it("cannot name another address or be anything else", () => {
    expect(serverCommand(["-c", "listen_addresses=*"], options).args).toContain(
      "listen_addresses=127.9.9.9",
    );
    expect(() => serverCommand(["sleep", "infinity"], options)).toThrow(
      'knows no argument "sleep"',
    );
  });
});
