// The saved queries: in a query pack, where the Logs pages of the app and of the workspace find them.

param location string
param tags object
param name string
@description('The app whose Logs page the pack is for.')
param applicationInsightsId string

var queries = [
  {
    name: 'operation-timeline'
    displayName: 'Toygres: what happened in an operation'
    body: loadTextContent('../monitoring/queries/operation-timeline.kql')
  }
  {
    name: 'request-trail'
    displayName: 'Toygres: what a request did'
    body: loadTextContent('../monitoring/queries/request-trail.kql')
  }
  {
    name: 'failures-by-code'
    displayName: 'Toygres: failures by code'
    body: loadTextContent('../monitoring/queries/failures-by-code.kql')
  }
  {
    name: 'step-durations'
    displayName: 'Toygres: how long each step takes'
    body: loadTextContent('../monitoring/queries/step-durations.kql')
  }
  {
    name: 'creates-per-day'
    displayName: 'Toygres: creates a day'
    body: loadTextContent('../monitoring/queries/creates-per-day.kql')
  }
  {
    name: 'slow-kubernetes-calls'
    displayName: 'Toygres: slow and refused Kubernetes calls'
    body: loadTextContent('../monitoring/queries/slow-kubernetes-calls.kql')
  }
  {
    name: 'unhealthy-instances'
    displayName: 'Toygres: unhealthy instances'
    body: loadTextContent('../monitoring/queries/unhealthy-instances.kql')
  }
  {
    name: 'health-checks-missing'
    displayName: 'Toygres: health checks that were missing'
    body: loadTextContent('../monitoring/queries/health-checks-missing.kql')
  }
  {
    name: 'gauges'
    displayName: 'Toygres: how things stood'
    body: loadTextContent('../monitoring/queries/gauges.kql')
  }
  {
    name: 'requests-by-endpoint'
    displayName: 'Toygres: requests by endpoint'
    body: loadTextContent('../monitoring/queries/requests-by-endpoint.kql')
  }
  {
    name: 'cold-starts'
    displayName: 'Toygres: cold starts'
    body: loadTextContent('../monitoring/queries/cold-starts.kql')
  }
  {
    name: 'errors'
    displayName: 'Toygres: unexpected errors'
    body: loadTextContent('../monitoring/queries/errors.kql')
  }
  {
    name: 'log-costs'
    displayName: 'Toygres: what the log costs'
    body: loadTextContent('../monitoring/queries/log-costs.kql')
  }
  {
    name: 'aks-audit'
    displayName: 'Toygres: a call in the audit log of the cluster'
    body: loadTextContent('../monitoring/queries/aks-audit.kql')
  }
]

resource pack 'Microsoft.OperationalInsights/queryPacks@2019-09-01' = {
  name: name
  location: location
  tags: union(tags, { app: last(split(applicationInsightsId, '/')) })
  properties: {}
}

resource saved 'Microsoft.OperationalInsights/queryPacks/queries@2019-09-01' = [
  for query in queries: {
    parent: pack
    // The name of a query has to be a GUID; the same one at each deployment.
    name: guid(pack.id, query.name)
    properties: {
      displayName: query.displayName
      description: 'See docs/monitoring.md.'
      body: query.body
      related: {
        categories: ['applications']
        resourceTypes: ['microsoft.insights/components', 'microsoft.operationalinsights/workspaces']
      }
    }
  }
]
