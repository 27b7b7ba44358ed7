import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { describe, it } from "node:test";
import { create, createFileRegistry, type DescMethodUnary } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_wrappers,
  type StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { createDeferred } from "../../base/deferred.js";
import { twoGenerations } from "./generations.test.fixture.js";

type Greet = DescMethodUnary<typeof StringValueSchema, typeof StringValueSchema>;

const greeting = greetingMethod();

for (const way of ["pass", "forward"] as const) {
  describe(`a server of Connect that is handed over by ${way}`, () => {
    it("answers gRPC over HTTP/2, a call that began before where it began", async () => {
      await using parts = await twoGenerations(way);
      const began = createDeferred();
      const goOn = createDeferred();
      for (const { generation, listeners } of parts.generations) {
        const answer = async (name: string) => {
          if (name === "slow") {
            began.resolve();
            await goOn.promise;
          }
          return `hello ${name}, from ${generation}`;
        };
        createHttp2(adapter(answer)).listen(listeners[0]!);
      }
      await parts.first.ready();
      const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${parts.port}` });
      const slow = say(transport, "slow");
      await began.promise;
      await parts.handOver();
      goOn.resolve();
      assert.equal(await slow, "hello slow, from 1");

      assert.equal(await say(transport, "quick"), "hello quick, from 2");
      await assert.rejects(
        say(transport, ""),
        (error) => ConnectError.from(error).code === Code.InvalidArgument,
      );
    });

    it("answers the protocol of Connect over HTTP/1.1", async () => {
      await using parts = await twoGenerations(way);
      for (const { generation, listeners } of parts.generations) {
        createServer(adapter((name) => `hello ${name}, from ${generation}`)).listen(listeners[0]!);
      }
      await parts.handOver();
      const baseUrl = `http://127.0.0.1:${parts.port}`;

      assert.equal(
        await say(createConnectTransport({ baseUrl, httpVersion: "1.1" }), "you"),
        "hello you, from 2",
      );
    });
  });
}

/** Without generated code: from name to greeting. */
function greetingMethod(): Greet {
  const text = ".google.protobuf.StringValue";
  const file = create(FileDescriptorProtoSchema, {
    name: "greet.proto",
    package: "greet",
    syntax: "proto3",
    dependency: [file_google_protobuf_wrappers.proto.name],
    service: [{ name: "Greeter", method: [{ name: "Greet", inputType: text, outputType: text }] }],
  });
  const set = create(FileDescriptorSetSchema, { file: [file_google_protobuf_wrappers.proto, file] });
  return createFileRegistry(set).getService("greet.Greeter")!.method["greet"] as Greet;
}

function adapter(greet: (name: string) => string | Promise<string>) {
  return connectNodeAdapter({
    routes(router) {
      router.rpc(greeting, async ({ value }) => {
        if (value === "") throw new ConnectError("expected a name", Code.InvalidArgument);
        return { value: await greet(value) };
      });
    },
  });
}

async function say(transport: Transport, value: string): Promise<string> {
  const { message } = await transport.unary(greeting, undefined, 5_000, undefined, { value });
  return message.value;
}
