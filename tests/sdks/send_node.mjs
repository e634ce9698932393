// @segment/analytics-node, unchanged: MODULES HOST KEY FILE -> {"failed": [ids]} on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, host, key, file] = process.argv.slice(2);
const { Analytics } = createRequire(modules + "/")("@segment/analytics-node");
const analytics = new Analytics({ writeKey: key, host, flushAt: 50, flushInterval: 100, maxRetries: 1000 });
const failed = [];
analytics.on("error", (error) => { if (error.ctx) failed.push(error.ctx.event.messageId); else failed.push(String(error.reason)); });
for (const c of JSON.parse(readFileSync(file))) {
  const timestamp = new Date(Date.now() - c.minutes * 60000);
  const who = { ...(c.user && { userId: c.user }), ...(c.anonymous && { anonymousId: c.anonymous }) };
  const common = { ...who, timestamp, messageId: c.id };
  if (c.type === "identify") analytics.identify({ ...common, traits: c.properties });
  else if (c.type === "page") analytics.page({ ...common, name: c.event, properties: c.properties });
  else if (c.type === "group") analytics.group({ ...common, groupId: c.group, traits: c.properties });
  else if (c.type === "alias") analytics.alias({ ...common, previousId: c.previous });
  else analytics.track({ ...common, event: c.event, properties: c.properties });
}
await analytics.closeAndFlush({ timeout: 120000 });
console.log(JSON.stringify({ failed }));
