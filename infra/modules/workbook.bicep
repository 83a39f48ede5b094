// The workbook: the same queries as the saved ones, on six tabs. `npm run workbook` writes its JSON from them.

param location string
param tags object
@description('Asked for the audit log of the cluster, if that is sent there.')
param logAnalyticsWorkspaceId string
param applicationInsightsId string

var template = loadTextContent('../monitoring/workbook.json')
var forApp = replace(template, '__APPLICATION_INSIGHTS_ID__', applicationInsightsId)

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  // The name of a workbook has to be a GUID; the same one at each deployment.
  name: guid(applicationInsightsId, 'toygres-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Toygres'
    category: 'workbook'
    sourceId: applicationInsightsId
    serializedData: replace(forApp, '__LOG_ANALYTICS_WORKSPACE_ID__', logAnalyticsWorkspaceId)
    version: '1.0'
  }
}
