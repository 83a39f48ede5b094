import { addressAction } from "../../../src/kubernetes/actions.ts";
import { inBrief } from "../../../src/kubernetes/words.ts";
import { AT } from "../../support/pod-reports.ts";

const syncing = "Error syncing load balancer: failed to ensure load balancer: ";

describe("what a cloud says of a load balancer", () => {
  it.each([
    [
      `${syncing}Retriable: false, RetryAfter: 0s, HTTPStatusCode: 400, RawError: {"error":{"code":"PublicIPCountLimitReached","message":"Cannot create more than 20 public IP addresses for this subscription in this region.","details":[]}}`,
      "PublicIPCountLimitReached: Cannot create more than 20 public IP addresses for this subscription in this region.",
      /^Raise the subscription's quota of public IP addresses in this region, or release some\.$/,
    ],
    [
      `${syncing}PUT https://management.azure.com/subscriptions/0000/resourceGroups/mc\n--------\nRESPONSE 400: 400 Bad Request\nERROR CODE: PublicIPCountLimitReached\n--------\n{\n  "error": {\n    "code": "PublicIPCountLimitReached",\n    "message": "Cannot create more than 20 public IP addresses for this subscription in this region.",\n    "details": []\n  }\n}`,
      "PublicIPCountLimitReached: Cannot create more than 20 public IP addresses for this subscription in this region.",
      /^Raise the subscription's quota/,
    ],
    [
      `${syncing}network.PublicIPAddressesClient#List: Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: Service returned an error. Status=403 Code="AuthorizationFailed" Message="The client '0000' with object id '0000' does not have authorization to perform action 'Microsoft.Network/publicIPAddresses/read' over scope '/subscriptions/0000/resourceGroups/addresses' or the scope is invalid."`,
      "AuthorizationFailed: does not have authorization to perform action 'Microsoft.Network/publicIPAddresses/read' over scope '/subscriptions/0000/resourceGroups/addresses'",
      /the role `Network Contributor` on the resource group/,
    ],
    [
      `Code="LinkedAuthorizationFailed" Message="The client has permission to perform action 'Microsoft.Network/loadBalancers/write' on scope '/subscriptions/0000/x'; however, it does not have permission to perform action 'Microsoft.Network/publicIPAddresses/join/action' on the linked scope(s) '/subscriptions/0000/y' or the linked scope(s) are invalid."`,
      "LinkedAuthorizationFailed: does not have permission to perform action 'Microsoft.Network/publicIPAddresses/join/action' on the linked scope(s) '/subscriptions/0000/y'",
      /`Network Contributor`/,
    ],
    [
      `${syncing}RawError: {"error":{"code":"DnsRecordInUse","message":"DNS record orders.westeurope.cloudapp.azure.com is already used by another public IP.","details":[]}}`,
      "DnsRecordInUse: DNS record orders.westeurope.cloudapp.azure.com is already used by another public IP.",
      /^Choose another `dnsLabel`/,
    ],
    [
      `${syncing}RawError: azure cloud provider throttled for operation PublicIPGet with reason "client throttled"`,
      `${syncing}RawError: azure cloud provider throttled for operation PublicIPGet with reason "client throttled"`,
      /^Wait until Azure takes requests again/,
    ],
    [
      `${syncing}timed out waiting for the condition`,
      `${syncing}timed out waiting for the condition`,
      /`kubectl describe service -n toygres pg-orders-1a2b3c4d`/,
    ],
  ])("is told in brief, with what to do: %s", (words, brief, action) => {
    expect(inBrief(words)).toBe(brief);
    expect(addressAction(words, AT)).toMatch(action);
  });

  it("asks for patience while nothing is said", () => {
    expect(addressAction(undefined, AT)).toMatch(/^Wait a minute or two, as a cloud takes/);
  });

  it("is unescaped", () => {
    expect(inBrief(String.raw`{"code":"X","message":"the name \"a\" is taken"}`)).toBe(
      'X: the name "a" is taken',
    );
  });
});
