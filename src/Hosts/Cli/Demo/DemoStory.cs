using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Demo;

/// <summary>Tells the events that a person follows the loop by, one line each; null for the others.</summary>
internal static class DemoStory
{
    public static string? Tell(JsonElement e) =>
        e.Text("type") switch
        {
            "rollout.started" when e.Number("data.percent") is not < 100 => null,
            "build.succeeded"
            or "build.failed"
            or "repository.push.refused"
            or "release.deployed"
            or "run.created"
            or "run.finished"
            or "model.registered"
            or "model.rejected"
            or "rollout.started"
            or "rollout.advanced"
            or "rollout.completed"
            or "rollout.rolledback"
            or "alert.raised" => EventStory.Tell(e),
            _ => null,
        };
}
