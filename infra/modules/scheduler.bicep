// The Durable Task Scheduler, the other backend for orchestrations: its app settings override host.json's.

param location string
param tags object
param name string
param taskHubName string
@allowed(['Consumption', 'Dedicated'])
param sku string
@description('Capacity units of the Dedicated plan.')
@minValue(1)
param capacity int
@description('The identity that runs orchestrations.')
param principalId string

var roles = loadJsonContent('../roles.json')
var contributor = 'Durable Task Data Contributor'

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: sku == 'Dedicated' ? { name: sku, capacity: capacity } : { name: sku }
    // Tokens guard it; an address list would shut out the platform's scale controller, which has no address of ours.
    ipAllowlist: [
      '0.0.0.0/0'
    ]
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: taskHubName
  properties: {}
}

resource right 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(taskHub.id, principalId, contributor)
  scope: taskHub
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[contributor])
  }
}

output endpoint string = scheduler.properties.endpoint
output taskHubName string = taskHub.name
