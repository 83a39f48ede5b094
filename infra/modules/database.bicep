// The metadata's server. No password opens it.

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

output name string = server.name
output host string = server.properties.fullyQualifiedDomainName
