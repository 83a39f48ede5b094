import { apiVersionOf } from "../store/kinds.ts";
import type { Json, JsonObject, KubernetesObject, NewObject } from "../store/object.ts";
import { badRequest, modified, notFound } from "../store/refusals.ts";
import { ApiStatusError } from "../store/status-error.ts";
import type { ObjectStore } from "../store/store.ts";
import { admit, bodyOf, checkStrictly } from "./admission.ts";
import { apply } from "./patch/apply.ts";
import { isRecord } from "./patch/fields.ts";
import { jsonPatch } from "./patch/json-patch.ts";
import { mergePatch, strategicMerge } from "./patch/merge-patch.ts";
import { afterUpdate, asJson, type Writer } from "./patch/ownership.ts";
import { refOfTarget, type Target } from "./request-info.ts";
import { schemaOf } from "./schema/kinds.ts";

export type PatchType = "apply" | "merge" | "strategic" | "json";

export interface WriteContext {
  target: Target;
  manager: string;
  time: string;
}

export interface Written {
  code: 200 | 201;
  object: KubernetesObject;
}

/** The writing verbs: what a body means for the object that is stored. */
export class Resources {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  read(target: Target): KubernetesObject {
    const ref = refOfTarget(target);
    const found = this.store.get(ref);
    if (found === undefined) throw notFound(ref);
    return found;
  }

  async create(context: WriteContext, body: Json): Promise<Written> {
    const { kind, namespace } = context.target;
    const object = admit(bodyOf(body, kind, namespace, undefined), kind, this.store);
    if (object.metadata.resourceVersion !== undefined && object.metadata.resourceVersion !== "") {
      throw badRequest("resourceVersion should not be set on objects to be created");
    }
    object.metadata.managedFields = afterUpdate(
      undefined,
      object,
      schemaOf(kind.kind),
      writerOf(context, "Update"),
    );
    return { code: 201, object: await this.store.create(object) };
  }

  async replace(context: WriteContext, body: Json): Promise<Written> {
    const { kind, namespace, name } = context.target;
    const given = bodyOf(body, kind, namespace, name);
    const old = this.read(context.target);
    return this.write(context, old, given);
  }

  async patch(
    context: WriteContext,
    type: PatchType,
    patch: Json,
    force: boolean,
  ): Promise<Written> {
    if (type === "apply") return this.apply(context, patch, force);
    const { kind } = context.target;
    const old = this.read(context.target);
    const was = asJson(old);
    const next =
      type === "json"
        ? jsonPatch(was, patch)
        : type === "merge"
          ? mergePatch(was, patch)
          : strategicMerge(was, patch, schemaOf(kind.kind));
    return this.write(
      context,
      old,
      bodyOf(next, kind, context.target.namespace, context.target.name),
    );
  }

  private async write(
    context: WriteContext,
    old: KubernetesObject,
    given: JsonObject,
  ): Promise<Written> {
    const { kind, subresource } = context.target;
    const isStatus = subresource === "status";
    const merged = onlyPart(old, given, isStatus, kind.status);
    const object = isStatus ? unchecked(merged, context) : admit(merged, kind, this.store, old);
    object.metadata.managedFields = afterUpdate(
      old,
      object,
      schemaOf(kind.kind),
      writerOf(context, "Update"),
    );
    return { code: 200, object: await this.save(object, isStatus) };
  }

  private async apply(context: WriteContext, patch: Json, force: boolean): Promise<Written> {
    const { kind, namespace, name, subresource } = context.target;
    if (
      isRecord(patch) &&
      isRecord(patch["metadata"]) &&
      patch["metadata"]["managedFields"] !== undefined
    ) {
      throw badRequest("metadata.managedFields must be nil");
    }
    const isStatus = subresource === "status";
    const config = bodyOf(patch, kind, namespace, name);
    checkStrictly(config, kind);
    if (kind.status)
      for (const part of Object.keys(config))
        if (isOtherPart(part, isStatus)) Reflect.deleteProperty(config, part);
    const old = this.store.get(refOfTarget(context.target));
    if (old === undefined && isStatus) throw notFound(refOfTarget(context.target));
    if (old === undefined) checkAbsent(context, config);
    const applied = apply(old, config, schemaOf(kind.kind), writerOf(context, "Apply"), force);
    const object = isStatus
      ? unchecked(applied.object, context)
      : admit(applied.object, kind, this.store, old);
    object.metadata.managedFields = applied.managedFields;
    if (old === undefined) return { code: 201, object: await this.store.create(object) };
    return { code: 200, object: await this.save(object, isStatus) };
  }

  private async save(object: NewObject, isStatus: boolean): Promise<KubernetesObject> {
    return isStatus ? this.store.updateStatus(object) : this.store.update(object);
  }
}

const IDENTITY = ["apiVersion", "kind", "metadata"];
const isOtherPart = (part: string, isStatus: boolean): boolean =>
  isStatus ? part !== "status" && !IDENTITY.includes(part) : part === "status";

/** The status endpoint changes status alone; the main one all else, where there is a status endpoint. */
function onlyPart(
  old: KubernetesObject,
  given: JsonObject,
  isStatus: boolean,
  hasStatus: boolean,
): JsonObject {
  const was = asJson(old);
  if (!isRecord(was)) return given;
  if (!isStatus)
    return hasStatus && was["status"] !== undefined ? { ...given, status: was["status"] } : given;
  const { metadata } = given;
  const versions = isRecord(metadata) ? metadata : {};
  return {
    ...was,
    status: given["status"] ?? {},
    metadata: {
      ...(isRecord(was["metadata"]) ? was["metadata"] : {}),
      resourceVersion: versions["resourceVersion"] ?? "",
      uid: versions["uid"] ?? "",
    },
  };
}

/** A status is written by controllers; its shape alone is checked. */
function unchecked(object: Json, { target }: WriteContext): NewObject {
  checkStrictly(object, target.kind);
  if (!isStored(object))
    throw badRequest("the body of the request must be an object with metadata");
  return object;
}

const isStored = (value: Json): value is Json & NewObject =>
  isRecord(value) && isRecord(value["metadata"]) && typeof value["metadata"]["name"] === "string";

/** An apply that names a version or uid means an object that exists. */
function checkAbsent({ target }: WriteContext, config: Json): void {
  const metadata = isRecord(config) && isRecord(config["metadata"]) ? config["metadata"] : {};
  const ref = refOfTarget(target);
  if (typeof metadata["resourceVersion"] === "string" && metadata["resourceVersion"] !== "")
    throw modified(ref);
  if (typeof metadata["uid"] === "string" && metadata["uid"] !== "") {
    throw new ApiStatusError(
      "Conflict",
      `uid mismatch: the provided object specified uid ${metadata["uid"]}, and no existing object was found`,
    );
  }
}

const writerOf = (
  { target, manager, time }: WriteContext,
  operation: Writer["operation"],
): Writer => ({
  manager,
  operation,
  apiVersion: apiVersionOf(target.kind),
  subresource: target.subresource,
  time,
});
