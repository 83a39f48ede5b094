import { DomainError } from "../../src/domain/errors.ts";
import type { Instance } from "../../src/domain/instance.ts";
import type {
  Accepted,
  Catalog,
  CreateRequest,
  DeleteRequest,
  IdempotencyKey,
  InstanceFilter,
  NewEvent,
  OperationFilter,
} from "../../src/domain/metadata.ts";
import type { InstanceEvent, Operation } from "../../src/domain/operation.ts";

const AT = "2026-11-21T08:00:00.000Z";

/** An instance that runs; say what differs. */
export function anInstance(of: Partial<Instance> = {}): Instance {
  return {
    id: "1a2b3c4d-0000-4000-8000-000000000001",
    name: "orders",
    namespace: "toygres",
    state: "running",
    healthStatus: "healthy",
    healthFailures: 0,
    postgresVersion: "18",
    storageSizeGb: 10,
    useLoadBalancer: true,
    allowedCidrs: ["203.0.113.0/24"],
    createdAt: AT,
    updatedAt: AT,
    ...of,
  };
}

/** A create that runs; say what differs. */
export function anOperation(of: Partial<Operation> = {}): Operation {
  return {
    id: "0b0b0b0b-0000-4000-8000-000000000001",
    kind: "create",
    instanceId: "1a2b3c4d-0000-4000-8000-000000000001",
    instanceName: "orders",
    status: "running",
    createdAt: AT,
    deadlineAt: "2026-11-21T08:15:00.000Z",
    steps: [],
    ...of,
  };
}

/**
 * Just enough of the metadata, in memory, to test the API against: it keeps what it is asked to write. Quotas,
 * labels and paging are the real one's, and are tested there.
 */
export class MemoryCatalog implements Catalog {
  readonly instances = new Map<string, Instance>();
  readonly operations = new Map<string, Operation>();
  readonly events: NewEvent[] = [];
  readonly created: CreateRequest[] = [];
  readonly deleted: DeleteRequest[] = [];
  /** What the lists were asked for. */
  readonly filters: unknown[] = [];
  readonly #keys = new Map<string, { readonly hash: string; readonly operationId: string }>();

  constructor(given: { instances?: readonly Instance[]; operations?: readonly Operation[] } = {}) {
    for (const instance of given.instances ?? []) this.instances.set(instance.id, instance);
    for (const operation of given.operations ?? []) this.operations.set(operation.id, operation);
  }

  async requestCreate(request: CreateRequest): Promise<Accepted> {
    const known = this.#known(request.idempotency);
    if (known !== undefined) return this.#accepted(known, true);
    const { instanceId, operationId, spec } = request;
    if ([...this.instances.values()].some(({ name }) => name === spec.name)) {
      throw new DomainError("name-taken", `the name "${spec.name}" is taken`);
    }
    this.created.push(request);
    this.instances.set(
      instanceId,
      anInstance({
        ...spec,
        id: instanceId,
        state: "creating",
        healthStatus: "unknown",
        allowedCidrs: spec.allowedCidrs ?? [],
        operationId,
      }),
    );
    return this.#write(operationId, instanceId, "create", request.idempotency);
  }

  async requestDelete(request: DeleteRequest): Promise<Accepted> {
    const known = this.#known(request.idempotency);
    if (known !== undefined) return this.#accepted(known, true);
    const instance = await this.findInstance(request.instance);
    if (!instance) throw new DomainError("instance-not-found", "there is no such instance");
    this.deleted.push(request);
    return this.#write(request.operationId, instance.id, "delete", request.idempotency);
  }

  async requestCancel(operationId: string): Promise<Operation> {
    const operation = this.operations.get(operationId);
    if (!operation) throw new DomainError("operation-not-found", "there is no such operation");
    if (operation.kind === "delete") {
      throw new DomainError("not-cancelable", "a delete cannot be canceled");
    }
    return operation;
  }

  async findInstance(idOrName: string): Promise<Instance | undefined> {
    return [...this.instances.values()].find(
      ({ id, name, state }) => id === idOrName || (name === idOrName && state !== "deleted"),
    );
  }

  async findOperation(id: string): Promise<Operation | undefined> {
    return this.operations.get(id);
  }

  async listInstances(filter: InstanceFilter) {
    this.filters.push(filter);
    return { items: [...this.instances.values()] };
  }

  async listOperations(filter: OperationFilter) {
    this.filters.push(filter);
    return { items: [...this.operations.values()] };
  }

  async listEvents(): Promise<{ items: InstanceEvent[] }> {
    return { items: this.events.map((event, at) => ({ ...event, id: String(at + 1), at: AT })) };
  }

  async recordEvent(event: NewEvent): Promise<void> {
    this.events.push(event);
  }

  async ping(): Promise<void> {
    await Promise.resolve();
  }

  #known(idempotency: IdempotencyKey | undefined): string | undefined {
    if (!idempotency) return undefined;
    const known = this.#keys.get(`${idempotency.scope} ${idempotency.key}`);
    if (known === undefined) return undefined;
    if (known.hash !== idempotency.requestHash) {
      throw new DomainError("idempotency-key-reused", "this key belongs to another request");
    }
    return known.operationId;
  }

  #write(
    id: string,
    instanceId: string,
    kind: Operation["kind"],
    idempotency: IdempotencyKey | undefined,
  ): Accepted {
    const instanceName = this.instances.get(instanceId)!.name;
    this.operations.set(
      id,
      anOperation({ id, instanceId, instanceName, kind, status: "notStarted" }),
    );
    if (idempotency) {
      const { key, scope, requestHash } = idempotency;
      this.#keys.set(`${scope} ${key}`, { hash: requestHash, operationId: id });
    }
    return this.#accepted(id, false);
  }

  #accepted(operationId: string, replayed: boolean): Accepted {
    const operation = this.operations.get(operationId)!;
    return { operation, instance: this.instances.get(operation.instanceId)!, replayed };
  }
}
