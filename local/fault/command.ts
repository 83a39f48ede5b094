import { z } from "zod";
import { FAULTS_PATH } from "../cluster/faults/endpoint.ts";
import { openDoor, type FaultDoor } from "./cluster.ts";
import { Active, CATALOG, sentenceOf } from "./catalog.ts";
import { readCommand } from "./options.ts";

/** Does what `npm run fault` was asked for. */
export async function runFault(
  args: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const command = readCommand(args);
  if (command.does === "list") {
    for (const line of CATALOG) print(line);
    await printActive(await openDoor(command.data), print);
    return;
  }
  const door = await openDoor(command.data);
  if (command.does === "clear") {
    const path = command.id === undefined ? FAULTS_PATH : `${FAULTS_PATH}/${command.id}`;
    const { ended } = z.object({ ended: z.int() }).parse(await door.call("DELETE", path));
    print(ended === 1 ? "1 fault ended" : `${ended} faults ended`);
    return;
  }
  const answer = await door.call("POST", FAULTS_PATH, command.request);
  const { fault } = z.object({ fault: Active.nullable() }).parse(answer);
  if (fault === null) print("it has happened: the watches that were open are cut");
  else {
    print(sentenceOf(fault));
    print(
      `"npm run fault -- clear ${fault.id}" ends it, and so does the end of the cluster's process`,
    );
  }
}

async function printActive(door: FaultDoor, print: (line: string) => void): Promise<void> {
  const answer = await door.call("GET", FAULTS_PATH);
  const { items } = z.object({ items: z.array(Active) }).parse(answer);
  print("");
  if (items.length === 0) print("none is asked for now");
  for (const fault of items) print(sentenceOf(fault));
}
