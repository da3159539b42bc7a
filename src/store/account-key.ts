/** What the REST API key of an account is called among its tokens. No other can be given a name with spaces on a page or by `/api/v2`. */
export const ACCOUNT_KEY = 'REST API key'
