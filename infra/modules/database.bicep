// The metadata's server. No password opens it. Its administrator makes the control plane's role: docs/deploy.md.

param location string
param tags object
param name string
@allowed(['15', '16', '17', '18'])
param postgresVersion string
param skuName string
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param skuTier string
param storageSizeGb int
param highAvailability bool
@minValue(7)
@maxValue(35)
param backupDays int
@description('Of the private subnet; empty: the server has a public name and a firewall.')
param subnetId string
@description('Of the private DNS zone; with subnetId only.')
param zoneId string
@description('Single IPv4 addresses that may connect; without subnetId only.')
param allowedAddresses array
@description('Whether any address of Azure may try, because that of the function app is not fixed.')
param allowAzureAddresses bool
param administratorId string
param administratorName string
@allowed(['Group', 'ServicePrincipal', 'User'])
param administratorType string

var isPrivate = !empty(subnetId)

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: skuName, tier: skuTier }
  properties: {
    version: postgresVersion
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Disabled', tenantId: tenant().tenantId }
    backup: { backupRetentionDays: backupDays, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: highAvailability ? 'ZoneRedundant' : 'Disabled' }
    network: isPrivate ? { delegatedSubnetResourceId: subnetId, privateDnsZoneArmResourceId: zoneId } : {}
    // Grows by itself: a server that is full turns read-only.
    storage: { storageSizeGB: storageSizeGb, autoGrow: 'Enabled' }
  }
}

resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = {
  parent: server
  name: administratorId
  properties: {
    principalName: administratorName
    principalType: administratorType
    tenantId: tenant().tenantId
  }
}

// One at a time, and after the administrator: the server refuses a second change while one is under way.
@batchSize(1)
resource rules 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2024-08-01' = [for (address, i) in allowedAddresses: if (!isPrivate) {
  parent: server
  name: 'allowed-${i}'
  properties: { startIpAddress: address, endIpAddress: address }
  dependsOn: [
    administrator
  ]
}]

resource azure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2024-08-01' = if (!isPrivate && allowAzureAddresses) {
  parent: server
  name: 'azure'
  // Azure's own notation for "all of Azure", other people's subscriptions included.
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [
    rules
  ]
}

output host string = server.properties.fullyQualifiedDomainName
