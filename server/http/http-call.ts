import type { IncomingMessage, ServerResponse } from "node:http";
import type { IncomingCall } from "../../shared/rpc/whole-call.ts";

/** A request as a call, each part made when it is asked for. */
export class HttpCall implements IncomingCall {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #requestHeader: Headers | undefined;
  #abort: AbortController | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get path(): string {
    return this.#request.url ?? "";
  }

  get url(): string {
    return `http://${this.#request.headers.host}${this.path}`;
  }

  get header(): IncomingCall["header"] {
    return this;
  }

  /** @param name in small letters. */
  get(name: string): string | null {
    const value = this.#request.headers[name];
    return typeof value === "string" ? value : (value?.join(", ") ?? null);
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= new Headers(
      Object.entries(this.#request.headers).flatMap(([name, value = []]) =>
        [value].flat().map((one): [string, string] => [name, one]),
      ),
    );
    return this.#requestHeader;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.#response.destroyed) abort.abort();
      else this.#response.once("close", () => abort.abort());
    }
    return this.#abort.signal;
  }
}
