// What the control plane may do on the cluster: read its address, and write in the namespaces of instances. No more.

param clusterName string
@description('Namespaces of instances; `npm run setup:cluster` makes them.')
param namespaces array
@description('The identity of the control plane.')
param principalId string
@description('Who may run `npm run setup:cluster`; empty: nobody is added.')
param administratorId string
@allowed(['Group', 'ServicePrincipal', 'User'])
param administratorType string

var roles = loadJsonContent('../roles.json')
var user = 'Azure Kubernetes Service Cluster User Role'
var writer = 'Azure Kubernetes Service RBAC Writer'
var admin = 'Azure Kubernetes Service RBAC Cluster Admin'

resource cluster 'Microsoft.ContainerService/managedClusters@2023-11-01' existing = {
  name: clusterName
}

// A scope that the Kubernetes API knows and Resource Manager does not: it need not exist, and has no type.
#disable-next-line BCP081
resource namespaceScopes 'Microsoft.ContainerService/managedClusters/namespaces@2023-11-01' existing = [for namespace in namespaces: {
  parent: cluster
  name: namespace
}]

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(cluster.id, principalId, user)
  scope: cluster
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[user])
  }
}

resource writes 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (namespace, i) in namespaces: {
  name: guid(cluster.id, namespace, principalId, writer)
  scope: namespaceScopes[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[writer])
  }
}]

resource administers 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(administratorId)) {
  name: guid(cluster.id, administratorId, admin)
  scope: cluster
  properties: {
    principalId: administratorId
    principalType: administratorType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[admin])
  }
}

output region string = cluster.location
output nodeResourceGroup string = cluster.properties.nodeResourceGroup
