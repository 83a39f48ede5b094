import type { ClusterInspection } from "../domain/inspection.ts";
import type { Catalog } from "../domain/metadata.ts";
import type { Services, Settings } from "../domain/services.ts";
import type { Workflows } from "./workflows.ts";

/** The settings that the API follows. */
export interface ApiSettings extends Pick<Settings, "controlPlaneCidrs" | "instanceAccess"> {
  readonly defaultAllowedCidrs: readonly string[];
  readonly namespaces: readonly string[];
  readonly maxInstances: number;
  readonly clusterRegion?: string | undefined;
  /** AKS says its region itself. */
  readonly aks?: object | undefined;
}

/** All that endpoints may touch; each asks for the part it needs. */
export interface ApiServices extends Pick<
  Services,
  "cluster" | "postgres" | "passwords" | "clock"
> {
  readonly settings: ApiSettings;
  readonly inspection: Pick<ClusterInspection, "compare" | "leftovers">;
  readonly catalog: Catalog;
  readonly workflows: Workflows;
}
