// Shows the description of /api/v2. A key that is typed in stays in this page, and goes nowhere but to this server.
SwaggerUIBundle({
  dom_id: '#docs',
  url: '/api/v2/openapi.json',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
})
