// What somebody writes who builds on the platform: register, sign in, list the courses; and once without signing in.
import { randomUUID } from "node:crypto";
import { connect } from "codezest-client";

let token: string | undefined;
const { auth, learning } = connect({ baseUrl: process.env["CODEZEST_URL"] ?? "", token: () => token });

const email = `ada-${randomUUID()}@example.org`;
const password = "seven quiet lanterns adrift";

const stranger = await auth.GET("/api/auth/v1/me");

const registered = await auth.POST("/api/auth/v1/users", {
  body: { email, password, name: "Ada", locale: "en", timezone: "Europe/Vienna" },
});
if (registered.error) throw new Error(registered.error.detail);

const session = await auth.POST("/api/auth/v1/sessions", { body: { email, password, client: "api" } });
if (session.error) throw new Error(session.error.detail);
token = session.data.access_token;

const me = await auth.GET("/api/auth/v1/me");
if (me.error) throw new Error(me.error.detail);

const courses = await learning.GET("/api/learning/v1/courses");
if (courses.error) throw new Error("the catalogue is closed");

console.log(
  JSON.stringify({
    name: me.data.name,
    courses: courses.data.items.map((course) => course.slug),
    refused: stranger.error?.type.split("/").pop(),
  }),
);
