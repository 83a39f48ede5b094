import type { Warning } from "../../../src/kubernetes/pod-state.ts";
import { expectTold, IMAGE, type Row } from "../../support/pod-reports.ts";

const state = (reason: string, message?: string) => ({
  reason,
  ...(message !== undefined && { message }),
});

const unpacking = `failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}"`;
const failedPull = (cause: string, count = 1): Warning => ({
  reason: "Failed",
  message: `Failed to pull image "${IMAGE}": ${cause}`,
  count,
});
const token = `https://myacr.azurecr.io/oauth2/token?scope=repository%3Amirror%2Fpostgres%3Apull&service=myacr.azurecr.io`;
const unauthorized = `${unpacking}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${token}: 401 Unauthorized`;

/** Where the wordings were read is said in docs/cluster-faults.md. */
const rows: readonly Row[] = [
  [
    "an image that its registry does not have",
    {
      waiting: state(
        "ErrImagePull",
        `rpc error: code = NotFound desc = ${unpacking}: ${IMAGE}: not found`,
      ),
      warnings: [failedPull(`rpc error: code = NotFound desc = ${unpacking}: ${IMAGE}: not found`)],
    },
    `image ${IMAGE} cannot be pulled: ${IMAGE}: not found`,
    /^Correct `IMAGE_REGISTRY` and `IMAGE_DIGESTS`/,
    true,
  ],
  [
    "an image that Docker Hub may have in private",
    {
      waiting: state("ErrImagePull", "x"),
      warnings: [
        failedPull(
          `${unpacking}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
        ),
      ],
    },
    /cannot be pulled: pull access denied, repository does not exist/,
    /right to pull.*IMAGE_REGISTRY/,
    true,
  ],
  [
    "a node without the right to pull, which may come in a minute",
    { waiting: state("ImagePullBackOff", "Back-off"), warnings: [failedPull(unauthorized, 3)] },
    `image ${IMAGE} cannot be pulled: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${token}: 401 Unauthorized`,
    /^Give the cluster's nodes the right to pull, on AKS with `az aks update --attach-acr`/,
    false,
  ],
  [
    "a node that never gets the right to pull",
    { waiting: state("ImagePullBackOff", "Back-off"), warnings: [failedPull(unauthorized, 4)] },
    /401 Unauthorized$/,
    /right to pull/,
    true,
  ],
  [
    "a registry that does not answer",
    {
      waiting: state("ImagePullBackOff", `Back-off pulling image "${IMAGE}"`),
      warnings: [
        failedPull(
          `rpc error: code = DeadlineExceeded desc = ${unpacking}: failed to do request: Head "https://myacr.azurecr.io/v2/mirror/postgres/manifests/18": dial tcp 192.0.2.1:443: i/o timeout`,
          5,
        ),
      ],
    },
    /dial tcp 192\.0\.2\.1:443: i\/o timeout$/,
    /^Wait, as the pull is tried again/,
    false,
  ],
  [
    "a registry that has had enough",
    {
      waiting: state("ImagePullBackOff", "Back-off"),
      warnings: [
        failedPull(
          `rpc error: code = Unknown desc = failed to pull and unpack image "${IMAGE}": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/postgres/manifests/sha256:50aa: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
        ),
      ],
    },
    /toomanyrequests: You have reached your pull rate limit\.$/,
    /^Wait for the registry's limit to pass/,
    false,
  ],
  [
    "an image whose signature is refused",
    { waiting: state("SignatureValidationFailed", "image signature is not valid") },
    `image ${IMAGE} cannot be pulled: image signature is not valid`,
    /^Sign the image/,
    false,
  ],
  [
    "a name that is no image's",
    { waiting: state("InvalidImageName", "couldn't parse image name: invalid reference format") },
    /: InvalidImageName: couldn't parse image name/,
    /^Correct `IMAGE_REGISTRY`/,
    true,
  ],
];

describe("a pod whose image is not there", () => {
  it.each(rows)("says what to do about %s", (_what, ...row) => {
    expectTold(...row);
  });
});
