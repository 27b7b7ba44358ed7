import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { createTopic } from "./events.js";

describe("createTopic", () => {
  it("is active only while somebody listens", () => {
    const topic = createTopic<number>("millrace.test.active");
    assert.equal(topic.active, false);
    const listener = topic.subscribe(() => {});
    assert.equal(topic.active, true);

    listener[Symbol.dispose]();
    assert.equal(topic.active, false);
  });

  it("hands each event to every listener", () => {
    const topic = createTopic<number>("millrace.test.each");
    const heard: number[] = [];
    using _one = topic.subscribe((event) => heard.push(event));
    using _two = topic.subscribe((event) => heard.push(-event));
    topic.publish(1);

    assert.deepEqual(heard, [1, -1]);
  });

  it("is heard by tools that know only its name", () => {
    const topic = createTopic<string>("millrace.test.tools");
    const heard: unknown[] = [];
    const onMessage = (message: unknown) => void heard.push(message);
    subscribe(topic.name, onMessage);
    topic.publish("hello");
    unsubscribe(topic.name, onMessage);

    assert.deepEqual(heard, ["hello"]);
  });

  it("is one topic with every other of its name", () => {
    const heard: string[] = [];
    using _listener = createTopic<string>("millrace.test.same").subscribe((event) => heard.push(event));
    createTopic<string>("millrace.test.same").publish("hello");

    assert.deepEqual(heard, ["hello"]);
  });
});
