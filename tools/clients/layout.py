"""Where the clients lie, and the file that binds the TypeScript one together."""

from pathlib import Path

from jinja2 import Template

HERE = Path(__file__).parent
PYTHON = Path("python") / "codezest_client"
TYPESCRIPT = Path("typescript") / "src"
GENERATED = (PYTHON, TYPESCRIPT)

INDEX = Template(
    """\
// Made by `make clients` from docs/openapi; do not edit.
import createClient, { type Client, type Middleware } from "openapi-fetch";
{% for service in services %}
import type { paths as {{ service | capitalize }}Paths } from "./{{ service }}.js";
{%- endfor %}

/** Where the platform is, and who calls: `token` is asked before every request, for access tokens live ten minutes. */
export interface Connection {
  baseUrl: string;
  token?: () => string | undefined;
}

/** A typed client for each service. */
export interface CodeZest {
{%- for service in services %}
  {{ service }}: Client<{{ service | capitalize }}Paths>;
{%- endfor %}
}

/** The platform at `baseUrl`. Every call answers `{ data, error, response }`; `error` is a problem of RFC 9457. */
export function connect({ baseUrl, token }: Connection): CodeZest {
  const signedIn: Middleware = {
    onRequest({ request }) {
      const given = token?.();
      if (given !== undefined) {
        request.headers.set("authorization", `Bearer ${given}`);
      }
      return request;
    },
  };
  const platform: CodeZest = {
{%- for service in services %}
    {{ service }}: createClient<{{ service | capitalize }}Paths>({ baseUrl }),
{%- endfor %}
  };
  for (const client of Object.values(platform)) {
    client.use(signedIn);
  }
  return platform;
}
{% for service in services %}
export type { components as {{ service | capitalize }} } from "./{{ service }}.js";
{%- endfor %}
""",
    keep_trailing_newline=True,
    autoescape=False,
)
