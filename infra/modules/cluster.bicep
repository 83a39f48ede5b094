// A small AKS cluster for instances: Entra sign-in only, Azure roles for the Kubernetes API, network policies enforced.

param location string
param tags object
param name string
param nodeResourceGroup string
@allowed(['Free', 'Standard'])
param tier string
param systemVmSize string
param systemNodes int
@description('Decides how many instances fit on a node: each needs a disk of its own, and a size takes only so many.')
param instanceVmSize string
param instanceNodesMin int
param instanceNodesMax int
@description('Ranges that may reach the Kubernetes API; empty: all may knock, tokens decide.')
param authorizedRanges array

resource cluster 'Microsoft.ContainerService/managedClusters@2023-11-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Base', tier: tier }
  identity: { type: 'SystemAssigned' }
  properties: {
    dnsPrefix: name
    nodeResourceGroup: nodeResourceGroup
    enableRBAC: true
    disableLocalAccounts: true
    aadProfile: { managed: true, enableAzureRBAC: true, tenantID: tenant().tenantId }
    // Always there: leaving it out would keep the list of an earlier deployment.
    apiServerAccessProfile: { authorizedIPRanges: authorizedRanges }
    autoUpgradeProfile: { upgradeChannel: 'patch', nodeOSUpgradeChannel: 'NodeImage' }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
      loadBalancerSku: 'standard'
      outboundType: 'loadBalancer'
    }
    agentPoolProfiles: [
      {
        name: 'system'
        mode: 'System'
        osType: 'Linux'
        type: 'VirtualMachineScaleSets'
        vmSize: systemVmSize
        count: systemNodes
        nodeTaints: [
          'CriticalAddonsOnly=true:NoSchedule'
        ]
        upgradeSettings: { maxSurge: '33%' }
      }
      {
        name: 'instances'
        mode: 'User'
        osType: 'Linux'
        type: 'VirtualMachineScaleSets'
        vmSize: instanceVmSize
        count: instanceNodesMin
        enableAutoScaling: true
        minCount: instanceNodesMin
        maxCount: instanceNodesMax
        maxPods: 110
        // One node more at a time: a drain moves each server's disk to another node, which takes a minute or two.
        upgradeSettings: { maxSurge: '1' }
      }
    ]
  }
}

output name string = cluster.name
