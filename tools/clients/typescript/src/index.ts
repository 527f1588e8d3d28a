// Made by `make clients` from docs/openapi; do not edit.
import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { paths as ActivityPaths } from "./activity.js";
import type { paths as AuthPaths } from "./auth.js";
import type { paths as LearningPaths } from "./learning.js";
import type { paths as NotificationsPaths } from "./notifications.js";
import type { paths as PaymentsPaths } from "./payments.js";

/** Where the platform is, and who calls: `token` is asked before every request, for access tokens live ten minutes. */
export interface Connection {
  baseUrl: string;
  token?: () => string | undefined;
}

/** A typed client for each service. */
export interface CodeZest {
  activity: Client<ActivityPaths>;
  auth: Client<AuthPaths>;
  learning: Client<LearningPaths>;
  notifications: Client<NotificationsPaths>;
  payments: Client<PaymentsPaths>;
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
    activity: createClient<ActivityPaths>({ baseUrl }),
    auth: createClient<AuthPaths>({ baseUrl }),
    learning: createClient<LearningPaths>({ baseUrl }),
    notifications: createClient<NotificationsPaths>({ baseUrl }),
    payments: createClient<PaymentsPaths>({ baseUrl }),
  };
  for (const client of Object.values(platform)) {
    client.use(signedIn);
  }
  return platform;
}

export type { components as Activity } from "./activity.js";
export type { components as Auth } from "./auth.js";
export type { components as Learning } from "./learning.js";
export type { components as Notifications } from "./notifications.js";
export type { components as Payments } from "./payments.js";
