extension microsoftGraphV1

resource partnerGroup 'Microsoft.Graph/groups@v1.0' = {
  uniqueName: 'partner-engineers'
  displayName: 'Partner engineers'
  mailEnabled: false
  mailNickname: 'partner-engineers'
  securityEnabled: true
}
