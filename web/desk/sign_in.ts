// Signing in at the company's user pool: OAuth's authorization code with PKCE (RFC 7636, RFC 9700), by oauth4webapi.
//
// Tokens live in this tab's session and nowhere else, so a closed tab is signed out.

import * as oauth from "oauth4webapi";

export interface Places {
  issuer: string;
  sign_in: string;
  client: string;
  socket: string;
}

interface Tokens {
  id: string;
  refresh: string | undefined;
  until: number;
}

interface Begun {
  verifier: string;
  state: string;
  nonce: string;
  place: string;
}

const TOKENS = "desk.tokens";
const BEGUN = "desk.sign-in";
const EARLY_MS = 60_000;

export class SignIn {
  readonly #server: oauth.AuthorizationServer;
  readonly #client: oauth.Client;
  readonly #here = location.origin + location.pathname;
  readonly #options = { [oauth.allowInsecureRequests]: location.protocol === "http:" };
  #renewing: Promise<string> | null = null;

  constructor(places: Places) {
    this.#server = {
      issuer: places.issuer,
      authorization_endpoint: `${places.sign_in}/oauth2/authorize`,
      token_endpoint: `${places.sign_in}/oauth2/token`,
      end_session_endpoint: `${places.sign_in}/logout`,
    };
    this.#client = { client_id: places.client };
  }

  /** Take what the sign-in page sent back, or go there. True once signed in; the page is left otherwise. */
  async complete(): Promise<boolean> {
    const begun = kept<Begun>(BEGUN);
    if (begun && new URLSearchParams(location.search).has("code")) {
      await this.#exchange(begun);
      history.replaceState(null, "", this.#here + begun.place);
      return true;
    }
    if (kept<Tokens>(TOKENS)) return true;
    await this.begin();
    return false;
  }

  /** Leave for the sign-in page. */
  async begin(): Promise<void> {
    sessionStorage.removeItem(TOKENS);
    const verifier = oauth.generateRandomCodeVerifier();
    const begun = { verifier, state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), place: location.hash };
    sessionStorage.setItem(BEGUN, JSON.stringify(begun));
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.#client.client_id,
      redirect_uri: this.#here,
      scope: "openid profile phone",
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    location.assign(`${this.#server.authorization_endpoint}?${query}`);
  }

  /** Forget who this is, here and at the pool. */
  end(): void {
    sessionStorage.removeItem(TOKENS);
    const query = new URLSearchParams({ client_id: this.#client.client_id, logout_uri: this.#here });
    location.assign(`${this.#server.end_session_endpoint}?${query}`);
  }

  /** A token that is still good for a while. */
  async token(): Promise<string> {
    const tokens = kept<Tokens>(TOKENS);
    if (tokens && tokens.until - EARLY_MS > Date.now()) return tokens.id;
    this.#renewing ??= this.#renew(tokens?.refresh).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #exchange({ verifier, state, nonce }: Begun): Promise<void> {
    sessionStorage.removeItem(BEGUN);
    const sent = oauth.validateAuthResponse(this.#server, this.#client, new URL(location.href), state);
    const answer = await oauth.authorizationCodeGrantRequest(
      this.#server, this.#client, oauth.None(), sent, this.#here, verifier, this.#options,
    );
    const found = await oauth.processAuthorizationCodeResponse(this.#server, this.#client, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    keep(found, undefined);
  }

  async #renew(refresh: string | undefined): Promise<string> {
    try {
      if (!refresh) throw new Error("signed out");
      const answer = await oauth.refreshTokenGrantRequest(
        this.#server, this.#client, oauth.None(), refresh, this.#options,
      );
      return keep(await oauth.processRefreshTokenResponse(this.#server, this.#client, answer), refresh);
    } catch (error) {
      await this.begin();
      throw error;
    }
  }
}

function keep(found: oauth.TokenEndpointResponse, refresh: string | undefined): string {
  if (!found.id_token) throw new Error("the user pool gave no id token");
  const until = Date.now() + (found.expires_in ?? 0) * 1000;
  const tokens: Tokens = { id: found.id_token, refresh: found.refresh_token ?? refresh, until };
  sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
  return tokens.id;
}

function kept<Kind>(key: string): Kind | null {
  const text = sessionStorage.getItem(key);
  return text ? (JSON.parse(text) as Kind) : null;
}
