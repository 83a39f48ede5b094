// Who is told, and of what. Each rule's query is a file in monitoring/alerts; docs/monitoring.md says what to do about each.

param location string
param tags object
@description('Ends the names: those of two installations in one resource group differ.')
param suffix string
@description('The workspace that the rows lie in; it stands in each alert, for whoever follows it.')
param logAnalyticsWorkspaceId string
@description('The queries ask this resource: they see its rows only, under the classic names (traces).')
param applicationInsightsId string
@description('Who gets an e-mail; empty: nobody.')
param alertEmail string = ''
@description('Ids of action groups that exist already, and are told too.')
param actionGroupIds array = []

var rules = [
  {
    name: 'operation-failed'
    displayName: 'Toygres: an operation failed'
    description: 'A create or a delete ended as failed. Look its code up in docs/errors.md.'
    severity: 2
    query: loadTextContent('../monitoring/alerts/operation-failed.kql')
    // Longer than the time between two looks, because lines arrive minutes late now and then.
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['operationKind', 'code']
  }
  {
    name: 'operation-late'
    displayName: 'Toygres: an operation is late'
    description: 'An operation is open more than 5 minutes past its deadline, and its monitor has not closed it.'
    severity: 2
    query: loadTextContent('../monitoring/alerts/operation-late.kql')
    window: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['operationId']
  }
  {
    name: 'instance-unhealthy'
    displayName: 'Toygres: an instance is unhealthy'
    description: 'An instance does not answer for more than 5 minutes. Its healthMessage says why.'
    severity: 2
    query: loadTextContent('../monitoring/alerts/instance-unhealthy.kql')
    window: 'PT5M'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: ['instanceId']
  }
  {
    name: 'health-checks-missing'
    displayName: 'Toygres: health checks are missing'
    description: 'Running instances have no living health check, and the sweep does not bring them back.'
    severity: 2
    query: loadTextContent('../monitoring/alerts/health-checks-missing.kql')
    window: 'PT10M'
    operator: 'GreaterThan'
    threshold: 5
    dimensions: []
  }
  {
    name: 'metadata-unreachable'
    displayName: 'Toygres: the metadata database does not answer'
    description: 'The API answers 503, and no operation goes on, until the metadata database is back.'
    severity: 1
    query: loadTextContent('../monitoring/alerts/metadata-unreachable.kql')
    window: 'PT5M'
    operator: 'GreaterThan'
    threshold: 2
    dimensions: []
  }
  {
    name: 'control-plane-silent'
    displayName: 'Toygres: the control plane is silent'
    description: 'The sweep has said nothing for 10 minutes: the app does not run, cannot read its metadata, or its log does not arrive.'
    severity: 1
    query: loadTextContent('../monitoring/alerts/control-plane-silent.kql')
    window: 'PT10M'
    operator: 'LessThan'
    threshold: 1
    dimensions: []
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'on-call-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'toygres'
    emailReceivers: [
      {
        name: 'on-call'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: '${rule.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.displayName
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [applicationInsightsId]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            dimensions: map(rule.dimensions, dimension => {
              name: dimension
              operator: 'Include'
              values: ['*']
            })
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      // It is over when its query says so; without this each look would send another e-mail.
      autoMitigate: true
      // A resource of a few seconds' age has no rows yet, which must not fail the deployment.
      skipQueryValidation: true
      actions: {
        actionGroups: concat(empty(alertEmail) ? [] : [people.id], actionGroupIds)
        customProperties: {
          workspace: logAnalyticsWorkspaceId
          whatToDo: 'docs/monitoring.md#${rule.name}'
        }
      }
    }
  }
]
