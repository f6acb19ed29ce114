import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { loadRedisPage } from "~/pages/redis/load-redis-page";
import { RedisPage } from "~/pages/redis/redis-page";

export const meta: MetaFunction = () => [
  { title: "Redis · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadRedisPage(args);

export default RedisPage;
