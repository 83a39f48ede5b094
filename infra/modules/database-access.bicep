// Who may connect to the metadata's server. Its administrator makes the control plane's role: docs/deploy.md.
// A module of its own, so that it begins when the server is done: no administrator is taken while a server changes.

param serverName string
@description('Whether it is reached in its network only, without a firewall.')
param isPrivate bool
@description('Single IPv4 addresses that may connect.')
param allowedAddresses array
@description('Whether any address of Azure may try, because that of the function app is not fixed.')
param allowAzureAddresses bool
param administratorId string
param administratorName string
@allowed(['Group', 'ServicePrincipal', 'User'])
param administratorType string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' existing = {
  name: serverName
}

// One at a time, and the administrator last: the server refuses a second change while one is under way.
@batchSize(1)
resource rules 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2024-08-01' = [for (address, i) in allowedAddresses: if (!isPrivate) {
  parent: server
  name: 'allowed-${i}'
  properties: { startIpAddress: address, endIpAddress: address }
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

resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = {
  parent: server
  name: administratorId
  properties: {
    principalName: administratorName
    principalType: administratorType
    tenantId: tenant().tenantId
  }
  dependsOn: [
    rules
    azure
  ]
}
