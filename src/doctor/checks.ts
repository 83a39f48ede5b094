import { aks } from "./checks/aks.ts";
import { app } from "./checks/app.ts";
import { backend } from "./checks/backend.ts";
import { cluster } from "./checks/cluster.ts";
import { configuration } from "./checks/configuration.ts";
import { egress } from "./checks/egress.ts";
import { image } from "./checks/image.ts";
import { metadata } from "./checks/metadata.ts";
import { migrations } from "./checks/migrations.ts";
import { namespaces } from "./checks/namespaces.ts";
import { networkPolicy } from "./checks/network-policy.ts";
import { rights } from "./checks/rights.ts";
import { signIn } from "./checks/sign-in.ts";
import { storage } from "./checks/storage.ts";
import type { Check } from "./check.ts";

/** In the order in which they are told; what a check needs stands before it. */
export const checks: readonly Check[] = [
  configuration,
  signIn,
  aks,
  cluster,
  rights,
  namespaces,
  storage,
  networkPolicy,
  image,
  metadata,
  migrations,
  egress,
  backend,
  app,
];
