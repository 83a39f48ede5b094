// The control plane on Azure, in one resource group: docs/deploy.md says how to deploy it and what it costs.

targetScope = 'resourceGroup'

@description('Begins the names of all resources: lower-case letters, digits and hyphens.')
@minLength(3)
@maxLength(12)
param environmentName string
param location string = resourceGroup().location
param tags object = {}

@description('How large database and cluster are; sizes.json says what that means.')
@allowed(['small', 'medium', 'large'])
param size string = 'small'

@allowed(['22', '24'])
param nodeVersion string = '22'
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048
@description('Of each group that scales by itself (HTTP, orchestrations, each timer). An instance holds up to a pool of database connections: see sizes.json before raising it.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40
@description('Instances that never sleep. One for orchestrations: health checks run day and night, and starting is dearer.')
param alwaysReady array = [
  { name: 'durable', instanceCount: 1 }
]

@description('none: no network of its own, its address changes. egress: one fixed address. private: the database too has no public name.')
@allowed(['none', 'egress', 'private'])
param networkMode string = 'egress'
@description('A range of at least /24 that nothing reachable from the network uses.')
param addressPrefix string = '10.60.0.0/24'

@description('Object id of the Entra user or group that administers database and new cluster. A group outlives its members.')
@minLength(36)
@maxLength(36)
param administratorId string
@description('Its user principal name, or the group\'s display name: the name of its role in the database.')
@minLength(1)
param administratorName string
@allowed(['Group', 'ServicePrincipal', 'User'])
param administratorType string = 'User'
@description('Single IPv4 addresses from which it comes: let through to the database and to the API of a new cluster.')
param administratorAddresses array = []

@allowed(['15', '16', '17', '18'])
param databaseVersion string = '17'
@minLength(1)
@maxLength(63)
param databaseName string = 'toygres'
@description('Where the disk has grown beyond the size that was chosen: what it has now. A disk never shrinks.')
@minValue(0)
param databaseStorageSizeGb int = 0

@description('Runs orchestrations on the Durable Task Scheduler instead of on the storage account.')
param useScheduler bool = false
@allowed(['Consumption', 'Dedicated'])
param schedulerSku string = 'Consumption'

@description('An AKS cluster that exists already, with Entra sign-in and Azure roles. Empty: a new one is made.')
@maxLength(63)
param clusterName string = ''
param clusterResourceGroup string = resourceGroup().name
param clusterSubscriptionId string = subscription().subscriptionId
@minLength(1)
param namespaces array = [
  'toygres'
]
@description('Off: somebody else gives the control plane its role in each namespace, as docs/deploy.md says.')
param assignNamespaceRoles bool = true
@description('How the control plane reaches an instance without a load balancer; the function app is never inside the cluster.')
@allowed(['direct', 'port-forward'])
param instanceAccess string = 'port-forward'
@description('Who may connect to an instance whose request does not say.')
param defaultAllowedCidrs array = []
@description('Ranges of the control plane beside its fixed address, which is always there.')
param controlPlaneCidrs array = []
@minValue(1)
param maxInstances int = 100
@description('Other values for settings of docs/settings.md, by name.')
param settings object = {}

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30
@description('Who is told of alerts; empty: nobody by mail.')
param alertEmail string = ''
@description('Action groups that exist already.')
param actionGroupIds array = []

// The tests hold each size's connections against what its server gives.
var chosen = loadJsonContent('sizes.json')[size]

var token = uniqueString(resourceGroup().id, environmentName)
var suffix = '${environmentName}-${token}'
// Below 32 characters: what the Functions host derives from its app's name is cut there.
var names = {
  app: 'func-${suffix}'
  plan: 'plan-${suffix}'
  identity: 'id-${suffix}'
  storage: 'st${take(replace(toLower(environmentName), '-', ''), 9)}${token}'
  packageContainer: 'packages'
  workspace: 'log-${suffix}'
  insights: 'appi-${suffix}'
  network: 'vnet-${suffix}'
  natGateway: 'ng-${suffix}'
  egressAddress: 'pip-${suffix}'
  database: 'psql-${suffix}'
  databaseZone: '${suffix}.private.postgres.database.azure.com'
  scheduler: 'dts-${suffix}'
  taskHub: 'toygres'
  cluster: 'aks-${suffix}'
  nodeResourceGroup: 'rg-${suffix}-nodes'
}

var hasNetwork = networkMode != 'none'
var isNewCluster = empty(clusterName)
var allTags = union({ 'azd-env-name': environmentName }, tags)
var egressRanges = hasNetwork ? [ '${network!.outputs.egressAddress}/32' ] : []
var administratorRanges = [for address in administratorAddresses: '${address}/32']
var managerUrl = environment().resourceManager

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { location: location, tags: allTags, name: names.identity }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: { location: location, tags: allTags, name: names.storage, packageContainer: names.packageContainer, principalId: identity.outputs.principalId }
}

module telemetry 'modules/telemetry.bicep' = {
  name: 'telemetry'
  params: {
    location: location
    tags: allTags
    workspaceName: names.workspace
    insightsName: names.insights
    retentionDays: logRetentionDays
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (hasNetwork) {
  name: 'network'
  params: {
    location: location
    tags: allTags
    name: names.network
    natGatewayName: names.natGateway
    egressAddressName: names.egressAddress
    addressPrefix: addressPrefix
    withDatabase: networkMode == 'private'
    databaseZoneName: names.databaseZone
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  params: {
    location: location
    tags: allTags
    name: names.database
    postgresVersion: databaseVersion
    skuName: chosen.database.skuName
    skuTier: chosen.database.skuTier
    storageSizeGb: max(databaseStorageSizeGb, chosen.database.storageSizeGb)
    highAvailability: chosen.database.highAvailability
    backupDays: chosen.database.backupDays
    subnetId: hasNetwork ? network!.outputs.databaseSubnetId : ''
    zoneId: hasNetwork ? network!.outputs.databaseZoneId : ''
  }
}

module databaseAccess 'modules/database-access.bicep' = {
  name: 'database-access'
  params: {
    serverName: database.outputs.name
    isPrivate: networkMode == 'private'
    allowedAddresses: hasNetwork ? concat(administratorAddresses, [ network!.outputs.egressAddress ]) : administratorAddresses
    allowAzureAddresses: !hasNetwork
    administratorId: administratorId
    administratorName: administratorName
    administratorType: administratorType
  }
}

module scheduler 'modules/scheduler.bicep' = if (useScheduler) {
  name: 'scheduler'
  params: {
    location: location
    tags: allTags
    name: names.scheduler
    taskHubName: names.taskHub
    sku: schedulerSku
    capacity: 1
    principalId: identity.outputs.principalId
  }
}

module cluster 'modules/cluster.bicep' = if (isNewCluster) {
  name: 'cluster'
  params: {
    location: location
    tags: allTags
    name: names.cluster
    nodeResourceGroup: names.nodeResourceGroup
    tier: chosen.cluster.tier
    systemVmSize: chosen.cluster.systemVmSize
    systemNodes: chosen.cluster.systemNodes
    instanceVmSize: chosen.cluster.instanceVmSize
    instanceNodesMin: chosen.cluster.instanceNodesMin
    instanceNodesMax: chosen.cluster.instanceNodesMax
    // Without both kinds of addresses a list would shut somebody out who has to come in.
    authorizedRanges: hasNetwork && !empty(administratorAddresses) ? concat(administratorRanges, egressRanges) : []
  }
}

module clusterAccess 'modules/cluster-access.bicep' = {
  name: 'cluster-access-${environmentName}'
  scope: resourceGroup(isNewCluster ? subscription().subscriptionId : clusterSubscriptionId, isNewCluster ? resourceGroup().name : clusterResourceGroup)
  params: {
    clusterName: isNewCluster ? cluster!.outputs.name : clusterName
    namespaces: assignNamespaceRoles ? namespaces : []
    principalId: identity.outputs.principalId
    administratorId: isNewCluster ? administratorId : ''
    administratorType: administratorType
  }
}

// Read by src/config.ts, where an empty one counts as absent.
var ourSettings = {
  AKS_CLUSTER_NAME: isNewCluster ? names.cluster : clusterName
  AKS_RESOURCE_GROUP: isNewCluster ? resourceGroup().name : clusterResourceGroup
  AKS_SUBSCRIPTION_ID: isNewCluster ? subscription().subscriptionId : clusterSubscriptionId
  AZURE_CLIENT_ID: identity.outputs.clientId
  AZURE_RESOURCE_MANAGER_URL: endsWith(managerUrl, '/') ? take(managerUrl, length(managerUrl) - 1) : managerUrl
  CLUSTER_REGION: clusterAccess.outputs.region
  CONTROL_PLANE_CIDRS: join(concat(egressRanges, controlPlaneCidrs), ',')
  DATABASE_HOST: database.outputs.host
  DATABASE_NAME: databaseName
  DATABASE_POOL_SIZE: string(chosen.poolSize)
  DATABASE_USER: names.identity
  DEFAULT_ALLOWED_CIDRS: join(defaultAllowedCidrs, ',')
  HEALTH_INTERVAL_SECONDS: '30'
  HEALTH_RETRY_SECONDS: '10'
  HEALTH_WRITE_INTERVAL_SECONDS: '300'
  IMAGE_DIGESTS: ''
  IMAGE_REGISTRY: ''
  INSTANCE_ACCESS: instanceAccess
  LOG_LEVEL: 'info'
  MAX_INSTANCES: string(maxInstances)
  STORAGE_CLASS: ''
  SWEEP_SCHEDULE: '0 * * * * *'
  TOYGRES_NAMESPACES: join(namespaces, ',')
}

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    location: location
    tags: allTags
    name: names.app
    planName: names.plan
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    packageUrl: storage.outputs.packageUrl
    subnetId: hasNetwork ? network!.outputs.functionSubnetId : ''
    settings: union(ourSettings, settings)
    storageName: storage.outputs.name
    insightsConnectionString: telemetry.outputs.connectionString
    schedulerEndpoint: useScheduler ? scheduler!.outputs.endpoint : ''
    taskHubName: names.taskHub
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: allTags
    suffix: suffix
    logAnalyticsWorkspaceId: telemetry.outputs.workspaceId
    applicationInsightsId: telemetry.outputs.insightsId
    alertEmail: alertEmail
    actionGroupIds: actionGroupIds
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: { location: location, tags: allTags, logAnalyticsWorkspaceId: telemetry.outputs.workspaceId, applicationInsightsId: telemetry.outputs.insightsId }
}

module queries 'modules/queries.bicep' = {
  name: 'queries'
  params: { location: location, tags: allTags, name: 'qpack-${suffix}', applicationInsightsId: telemetry.outputs.insightsId }
}

output appName string = app.outputs.name
output appUrl string = app.outputs.url
output identityName string = identity.outputs.name
output identityObjectId string = identity.outputs.principalId
output databaseHost string = database.outputs.host
output databaseName string = databaseName
output clusterName string = isNewCluster ? names.cluster : clusterName
output clusterResourceGroup string = isNewCluster ? resourceGroup().name : clusterResourceGroup
output clusterNodeResourceGroup string = clusterAccess.outputs.nodeResourceGroup
output egressAddress string = hasNetwork ? network!.outputs.egressAddress : ''
