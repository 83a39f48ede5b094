/** What the SDKs of Azure sign in with: their `TokenCredential`, in the words of this project. */
export interface AzureCredential {
  getToken(
    scopes: string | string[],
    options?: object,
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** Who the app is to Microsoft Entra. Everything here rejects with `sign-in-failed`, within 20 s. */
export interface Identity {
  /** An access token for a scope such as `https://management.azure.com/.default`; a secret. Kept until shortly before it expires. */
  accessToken(scope: string): Promise<string>;
  /** Has the next {@link accessToken} fetch a new one although the kept one has not expired: it was refused. */
  renew(scope: string): Promise<void>;
  readonly credential: AzureCredential;
}
