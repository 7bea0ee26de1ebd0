// deploy/nginx.conf, in a real nginx in front of a real server.
import { start_nginx } from "./nginx.mjs";
import { check_proxy } from "./proxy_checks.mjs";

check_proxy({ name: "nginx", start: start_nginx, gone_status: 502 });
