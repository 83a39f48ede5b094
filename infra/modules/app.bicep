// The function app on Flex Consumption, with the settings that its host reads.

param location string
param tags object
param name string
param planName string
@allowed(['22', '24'])
param nodeVersion string
@allowed([512, 2048, 4096])
param instanceMemoryMB int
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int
@description('Instances that never sleep: { name, instanceCount } each, name being http, durable or function:<name>.')
param alwaysReady array
param identityId string
param identityClientId string
@description('Of the blob container that the package is put into and started from.')
param packageUrl string
@description('Of the subnet that calls leave through; empty: no network of its own.')
param subnetId string
@description('What src/config.ts reads.')
param settings object
param storageName string
param insightsConnectionString string
@description('Of the Durable Task Scheduler; empty: the storage account is the backend.')
param schedulerEndpoint string
param taskHubName string

var hostSettings = {
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  // No developer's ways to sign in: each is tried in turn while the identity's endpoint does not answer.
  AZURE_TOKEN_CREDENTIALS: 'prod'
  AzureWebJobsDisableHomepage: 'true'
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__credential: 'managedidentity'
}
// Over host.json, so that one package runs on either backend.
var schedulerSettings = {
  AzureFunctionsJobHost__extensions__durableTask__hubName: taskHubName
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
}
var allSettings = union(hostSettings, empty(schedulerEndpoint) ? {} : schedulerSettings, settings)

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  // How `azd deploy` finds it: the service's name in azure.yaml.
  tags: union(tags, { 'azd-service-name': 'control-plane' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        alwaysReady: alwaysReady
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      appSettings: [for setting in items(allSettings): { name: setting.key, value: setting.value }]
      minTlsVersion: '1.2'
    }
  }
}

// Publishing takes tokens only, no user and password.
resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2023-12-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2023-12-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
