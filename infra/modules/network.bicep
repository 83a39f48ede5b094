// The network of the function app, with one fixed address towards the outside. The cluster keeps a network of its own.

param location string
param tags object
param name string
param natGatewayName string
param egressAddressName string
@description('A range of at least /24 that nothing reachable from this network uses.')
param addressPrefix string
@description('Whether the database stands in this network.')
param withDatabase bool
@description('Of the private DNS zone; it has to end in .private.postgres.database.azure.com.')
param databaseZoneName string

// Flex Consumption takes no subnet name with an underscore.
var functionSubnet = {
  name: 'functions'
  properties: {
    addressPrefix: cidrSubnet(addressPrefix, 25, 0)
    delegations: [
      { name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }
    ]
    natGateway: { id: gateway.id }
  }
}
var databaseSubnet = {
  name: 'database'
  properties: {
    addressPrefix: cidrSubnet(addressPrefix, 28, 8)
    delegations: [
      { name: 'postgresql', properties: { serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers' } }
    ]
  }
}

resource egress 'Microsoft.Network/publicIPAddresses@2023-09-01' = {
  name: egressAddressName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4' }
}

resource gateway 'Microsoft.Network/natGateways@2023-09-01' = {
  name: natGatewayName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [
      { id: egress.id }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2023-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
    // Inside the network, not as resources of their own: a second deployment would take those away and put them back.
    subnets: withDatabase ? [ functionSubnet, databaseSubnet ] : [ functionSubnet ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = if (withDatabase) {
  name: databaseZoneName
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = if (withDatabase) {
  parent: zone
  name: name
  location: 'global'
  tags: tags
  properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
}

output functionSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'functions')
output databaseSubnetId string = withDatabase ? resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'database') : ''
output databaseZoneId string = withDatabase ? zone.id : ''
output egressAddress string = egress.properties.ipAddress
