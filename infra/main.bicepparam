// Sample parameters. Copy it, or give the values of your own on the command line: docs/deploy.md.
using 'main.bicep'

// With azd: the name of the environment (`azd env new toygres`).
param environmentName = 'toygres'
param size = 'small'
param nodeVersion = '22'

// Who administers. `az ad signed-in-user show --query '[id, userPrincipalName]'` tells both of yourself;
// for a group `az ad group show --group NAME --query '[id, displayName]'`, and administratorType 'Group'.
param administratorId = '00000000-0000-0000-0000-000000000000'
param administratorName = 'you@example.com'
param administratorType = 'User'
// Your own public address: the database and the API of a new cluster let no other in.
param administratorAddresses = []

param networkMode = 'egress'
param useScheduler = false

// Empty: a small new cluster is made. Else the name of one that is there, and its resource group.
param clusterName = ''

// Who may connect to an instance whose request does not say. Empty: each request says it.
param defaultAllowedCidrs = []
param maxInstances = 20

param alertEmail = ''
