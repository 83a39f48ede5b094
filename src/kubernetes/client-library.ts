/**
 * What we use of the client library, by name: it has a hundred APIs and a thousand models, and a bundler leaves out what
 * is not named here. Always imported dynamically, so that a cold start that needs no cluster does not pay for it.
 */
export {
  createConfiguration,
  IsomorphicFetchHttpLibrary,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  PortForward,
  RequestContext,
  V1DeleteOptions,
  V1Preconditions,
  VersionApi,
  Watch,
  wrapHttpLibrary,
} from "@kubernetes/client-node";
