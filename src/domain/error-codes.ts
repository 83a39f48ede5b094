/** What an error tells people: what happened, and the one thing to do about it. Both are one sentence. */
export interface Explanation {
  readonly meaning: string;
  readonly remedy: string;
}

/** Every error that a user or a workflow can meet. A new one stands here first. */
export const explanations = {
  "invalid-request": {
    meaning:
      "The body, a query parameter or a header is not what this call takes, and nothing was changed.",
    remedy: "Correct what each item of `errors` points at, and send the request again.",
  },
  "invalid-password": {
    meaning:
      "The password is shorter than 12 or longer than 128 characters, or not every PostgreSQL client could log in with it; nothing was changed.",
    remedy:
      "Choose a password of 12 to 128 plain characters, or leave `password` out to have one made.",
  },
  "instance-not-found": {
    meaning:
      "No instance has this id, none that is not deleted has this name, or the one to delete is gone already.",
    remedy: "Look the instance up with `GET /instances`; after a delete nothing is left to do.",
  },
  "operation-not-found": {
    meaning: "No operation has this id.",
    remedy:
      "Use the id in the `Operation-Location` of the request's answer, or look it up with `GET /operations`.",
  },
  "name-taken": {
    meaning: "An instance that is not deleted, perhaps one that failed, has this name.",
    remedy:
      "Choose another `name`, or free this one with `DELETE /instances/{id}` and wait for the end of that operation.",
  },
  "dns-label-taken": {
    meaning: "An instance that is not deleted, perhaps one that failed, has this DNS label.",
    remedy:
      "Choose another `dnsLabel`, or free this one with `DELETE /instances/{id}` and wait for the end of that operation.",
  },
  "instance-not-running": {
    meaning:
      "The instance is not running, so that its password cannot be set, or it has no certificate now.",
    remedy:
      "Wait until `GET /instances/{id}` shows the state `running`; if it shows `failed`, its `failure` says why.",
  },
  "not-cancelable": {
    meaning: "The operation is a delete, or has ended already.",
    remedy:
      "Send `DELETE /instances/{id}` if what a create has made is to go; a delete cannot be called back.",
  },
  "body-too-large": {
    meaning: "The body is larger than 64 KiB.",
    remedy: "Send nothing but the fields of the call, which need far less.",
  },
  "unsupported-media-type": {
    meaning: "The body does not come as JSON in UTF-8 without compression.",
    remedy:
      "Send the header `content-type: application/json`, no `content-encoding`, and the body as plain JSON.",
  },
  "idempotency-key-reused": {
    meaning: "This `Idempotency-Key` came with another request before, and nothing was changed.",
    remedy: "Use a new key for a new request; a retry repeats the first request unchanged.",
  },
  "quota-exceeded": {
    meaning: "As many instances exist as `MAX_INSTANCES` allows; failed ones count until deleted.",
    remedy:
      "Remove an instance that is not needed with `DELETE /instances/{id}`, or raise `MAX_INSTANCES`.",
  },
  internal: {
    meaning: "Something happened that Toygres does not expect; only its log has the details.",
    remedy:
      "Look into the log of that moment: `metadata.failed` with 42P01 or 42703 asks for `npm run migrate`, anything else is a bug to report with the `requestId` or operation's id.",
  },
  "metadata-unavailable": {
    meaning:
      "The metadata database does not answer, does not let the control plane in, or has too much to do.",
    remedy:
      "Try again once `metadata` in `GET /health` is healthy, after `DELETE /instances/{id}` where a create failed; if it stays unhealthy, check `DATABASE_URL` and the log's `metadata.unavailable`.",
  },
  "cluster-unavailable": {
    meaning:
      "The Kubernetes cluster does not answer or is overloaded, none that is usable is configured, or it does not let the certificate be read.",
    remedy:
      "Try again once `cluster` in `GET /health` is healthy, after `DELETE /instances/{id}` where a create failed; if that does not help, check the cluster and `TOYGRES_KUBECONFIG`.",
  },
  "sign-in-failed": {
    meaning:
      "Microsoft Entra gave the control plane no access token, so that it cannot sign in to the cluster or the metadata database.",
    remedy:
      "Check that the function app has the managed identity of `AZURE_CLIENT_ID`, or run `az login` on your machine; `npm run doctor` says more.",
  },
  "durable-unavailable": {
    meaning:
      "The service that keeps the orchestrations did not answer in time, or refused what it was asked.",
    remedy:
      "Try again once `durable` in `GET /health` is healthy, after `DELETE /instances/{id}` where a create failed; a client outside of the app needs the right url and system key, too.",
  },
  "instance-unreachable": {
    meaning:
      "The instance's server does not answer at its address, not with its own certificate, or the control plane cannot sign in to it.",
    remedy:
      "Check `CONTROL_PLANE_CIDRS`, then send `DELETE /instances/{id}` and `POST /instances` again where a create failed; of a running instance `healthMessage` says why, and it heals by itself.",
  },
  "invalid-input": {
    meaning:
      "A workflow, an activity or the durable client was given what its schema or its rules do not allow.",
    remedy:
      "Correct what the message names in the code that starts the workflow or calls the client; behind the API it is a bug to report.",
  },
  "invalid-output": {
    meaning: "A workflow or an activity gave back what its own schema does not allow.",
    remedy:
      "Correct the workflow or activity that the message names if it is your package's; one of Toygres is a bug to report.",
  },
  "activity-lost": {
    meaning:
      "A step ended without an answer, as its process died or its time was over, and so did its retries.",
    remedy:
      "Send the request again, after `DELETE /instances/{id}` where a create failed; if it comes back, look into the log for what ends the process.",
  },
  "deadline-passed": {
    meaning:
      "The operation had not succeeded by its `deadlineAt`, or a wait of the durable client ended before its workflow did.",
    remedy:
      "Remove the cause that the message or the steps in `GET /operations/{id}` name, then send `DELETE /instances/{id}` and, where a create failed, `POST /instances` again.",
  },
  overtaken: {
    meaning:
      "Another operation, as a rule a delete, took the instance over, and this one stopped without touching it further.",
    remedy: "Follow the instance's newest operation in `GET /operations`; this one needs nothing.",
  },
  canceled: {
    meaning:
      "The create was canceled by `POST /operations/{id}/cancel`; what is left of it, if anything, is in `remaining`.",
    remedy: "Send `DELETE /instances/{id}` to free the name and to remove what may be left.",
  },
  "operation-taken": {
    meaning:
      "An execution came second: the operation has ended, or another execution has it; nothing was touched.",
    remedy: "Follow the operation itself in `GET /operations/{id}`; this error needs nothing.",
  },
  "instance-not-ready": {
    meaning: "The pod of a new instance was not ready within 300 s, for the reason in the message.",
    remedy:
      "Remove the cause that the message names, such as nodes without room, then send `DELETE /instances/{id}` and `POST /instances` again.",
  },
  "pod-cannot-start": {
    meaning:
      "The pod can never start: its image cannot be pulled, its settings are wrong, or the cluster refuses it.",
    remedy:
      "Correct what the message names, mostly `IMAGE_REGISTRY` or `IMAGE_DIGESTS`, then send `DELETE /instances/{id}` and `POST /instances` again.",
  },
  "address-not-assigned": {
    meaning:
      "The cluster gave a new instance no address within 300 s, for the reason in the message.",
    remedy:
      "Remove the cause that the message names, then send `DELETE /instances/{id}` and `POST /instances` again, with `useLoadBalancer` false where the cluster has no load balancers.",
  },
  "cluster-refused": {
    meaning:
      "The cluster answered and refused: the credentials, a right, the namespace, the StorageClass or the object itself.",
    remedy:
      "Follow the message: run `npm run setup:cluster` for a namespace, give the user of `TOYGRES_KUBECONFIG` the right, or change `STORAGE_CLASS`; then try again.",
  },
  "cluster-conflict": {
    meaning:
      "An object in the cluster is being deleted, or was changed or replaced by somebody else meanwhile.",
    remedy:
      "Wait until the object that the message names is gone or left alone, which mostly happens between two tries of a step, then try again, after `DELETE /instances/{id}` where a create failed.",
  },
  "foreign-object": {
    meaning:
      "An object that has the name of one of the instance's belongs to somebody else, and was not touched.",
    remedy:
      "Rename or remove the object that the message names, then send `DELETE /instances/{id}` and `POST /instances` again.",
  },
  "secret-unreadable": {
    meaning:
      "A Secret of the instance is missing or lacks a part, so that the control plane cannot sign in or renew a certificate.",
    remedy:
      "Find out what changes or removes the Secret that the message names, then send `DELETE /instances/{id}` and `POST /instances` again.",
  },
  "instance-refused": {
    meaning: "The instance's server answered and refused the control plane's role, at each try.",
    remedy:
      "Send `DELETE /instances/{id}` and `POST /instances` again; if it comes back, report the reason in the message.",
  },
  "objects-remain": {
    meaning:
      "The delete could not remove all by its deadline; `remaining` names the objects that are left.",
    remedy:
      "Send `DELETE /instances/{id}` again; if the same objects remain, see with `kubectl describe` what holds them.",
  },
  "illegal-transition": {
    meaning:
      "A workflow asked for a change of state that is not in the life of an instance, and nothing was written.",
    remedy:
      "Correct the workflow of your package by the table in docs/decisions/lifecycle.md; one of Toygres is a bug to report.",
  },
  "orchestration-lost": {
    meaning:
      "The orchestration failed, or was terminated or purged from outside, without closing its operation.",
    remedy:
      "Send `DELETE /instances/{id}` and, where a create failed, `POST /instances` again; the log's `orchestration.failed` may say why it ended.",
  },
  "version-unknown": {
    meaning:
      "An orchestration began on a version that this deployment has no implementation of any more.",
    remedy:
      "Deploy the missing version again and repeat what failed: an operation that met this was closed as orchestration-lost.",
  },
} as const satisfies Record<string, Explanation>;

export type ErrorCode = keyof typeof explanations;
