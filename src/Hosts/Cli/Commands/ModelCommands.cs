using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>models</c>, <c>endpoints</c>, <c>predict</c>, <c>alerts</c>.</summary>
internal static class ModelCommands
{
    private static readonly Argument<string> s_model = new("model");
    private static readonly Argument<string> s_endpoint = new("endpoint");
    private static readonly Option<long?> s_version = new("--version-number", "-v") { Description = "One version." };
    private static readonly Option<string> s_modelOption = new("--model")
    {
        Description = "The model to serve.",
        Required = true,
    };
    private static readonly Option<long> s_pinned = new("--pin")
    {
        Description = "The version to serve.",
        Required = true,
    };
    private static readonly Option<string?> s_input = new("--input", "-i")
    {
        Description = "A JSON file with one object of inputs by name, or - for standard input.",
    };

    private static readonly Option<string[]> s_set = new("--set") { Description = "An input as name=value." };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "models",
                "The models and the versions under their aliases.",
                ListModelsAsync,
                CommandBuilding.Make(
                    "show",
                    "The versions of a model, or one of them.",
                    ShowModelAsync,
                    s_model,
                    s_version
                )
            ),
            CommandBuilding.Make(
                "endpoints",
                "Where models are served.",
                ListEndpointsAsync,
                CommandBuilding.Make(
                    "show",
                    "One endpoint: versions, traffic, monitors.",
                    ShowEndpointAsync,
                    s_endpoint
                ),
                CommandBuilding.Make(
                    "create",
                    "Serve one version of a model, by hand.",
                    CreateEndpointAsync,
                    s_endpoint,
                    s_modelOption,
                    s_pinned
                )
            ),
            CommandBuilding.Make("predict", "Ask an endpoint.", PredictAsync, s_endpoint, s_input, s_set),
            CommandBuilding.Make("alerts", "What the monitors said.", AlertsAsync),
        ];

    private static async Task ListModelsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"/api/v1/projects/{await call.ProjectAsync()}/models", call.Cancellation),
            "No model is registered yet.",
            Column.Of("model", "model"),
            Column.Of("in", "environment"),
            Column.Number("newest", "newest"),
            Column.Of("aliases", "aliases")
        );

    private static async Task ShowModelAsync(Invocation call)
    {
        var path =
            $"/api/v1/projects/{await call.ProjectAsync()}/models/{Uri.EscapeDataString(call.Get(s_model))}/versions";
        if (call.Get(s_version) is { } version)
        {
            call.Screen.Document(await call.Api.GetAsync($"{path}/{version}", call.Cancellation));
            return;
        }

        call.Screen.List(
            await call.Api.GetAsync(path, call.Cancellation),
            "This model has no version.",
            Column.Number("version", "version"),
            Column.Of("in", "environment"),
            Column.Of("algorithm", "algorithm"),
            Column.Of("aliases", "aliases"),
            Column.Number("test rmse", "testMetrics.rmse"),
            new Column("data", row => $"{row.Text("dataFrom")} … {row.Text("dataTo")}"),
            Column.Of("run", "origin.runId"),
            Column.Time("registered", "createdAt")
        );
    }

    private static async Task ListEndpointsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync("/api/v1/endpoints", call.Cancellation),
            "Nothing is served yet.",
            Column.Of("endpoint", "name"),
            Column.Of("model", "model"),
            new Column("versions", row => Traffic(row.At("deployments"))),
            Column.Of("ready", "ready"),
            Column.Number("requests", "requests"),
            Column.Number("errors", "errors"),
            Column.Number("log dropped", "dropped")
        );

    private static async Task ShowEndpointAsync(Invocation call)
    {
        var name = Uri.EscapeDataString(call.Get(s_endpoint));
        var endpoint = await call.Api.GetAsync($"/api/v1/endpoints/{name}", call.Cancellation);
        call.Screen.Details(
            endpoint,
            Column.Of("endpoint", "name"),
            new Column("model", row => $"{row.Text("project")}/{row.Text("environment")}/{row.Text("model")}"),
            Column.Of("ready", "ready"),
            Column.Of("pinned", "pinned"),
            new Column(
                "rollout",
                row =>
                    row.At("rollout") is { } rollout
                        ? $"{rollout.Text("state")}, version {rollout.Text("version")}, {rollout.Text("percent")} %"
                        : "none"
            ),
            new Column("ask it", row => $"{call.Api.Address}v2/models/{row.Text("name")}/infer")
        );
        call.Screen.Table(
            "Versions",
            endpoint.At("deployments") is { } list ? [.. list.EnumerateArray()] : [],
            Column.Number("version", "version"),
            Column.Number("traffic %", "percent"),
            Column.Of("state", "state"),
            Column.Number("requests", "requests"),
            Column.Number("errors", "errors"),
            Column.Number("p50 ms", "p50Ms"),
            Column.Number("p99 ms", "p99Ms")
        );
        if (!call.Screen.Json)
        {
            var monitors = await call.Api.GetAsync($"/api/v1/endpoints/{name}/monitors", call.Cancellation);
            call.Screen.Table(
                "Monitors",
                monitors.Items(),
                Column.Of("monitor", "name"),
                Column.Of("kind", "kind"),
                Column.Of("metric", "metric"),
                Column.Number("limit", "limit"),
                Column.Number("window days", "windowDays")
            );
        }
    }

    private static async Task CreateEndpointAsync(Invocation call)
    {
        var made = await call.Api.PostAsync(
            "/api/v1/endpoints",
            new
            {
                name = call.Get(s_endpoint),
                project = await call.ProjectAsync(),
                model = call.Get(s_modelOption),
                version = call.Get(s_pinned),
            },
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(made);
        }

        call.Screen.Markup($"Endpoint [bold]{call.Get(s_endpoint)}[/] serves version {call.Get(s_pinned)}.");
    }

    private static async Task PredictAsync(Invocation call)
    {
        var name = Uri.EscapeDataString(call.Get(s_endpoint));
        var inputs = Inputs.Read(call.Get(s_input), call.Get(s_set) ?? []);
        var signature = await call.Api.GetAsync($"/v2/models/{name}", call.Cancellation);
        var answer = await call.Api.PostAsync(
            $"/v2/models/{name}/infer",
            new { inputs = Inputs.ToTensors(inputs, signature) },
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(answer);
            return;
        }

        call.Screen.Details(
            answer,
            [
                .. (answer.At("outputs")?.EnumerateArray() ?? default).Select(output => new Column(
                    output.Text("name")!,
                    _ =>
                        string.Join(", ", output.GetProperty("data").EnumerateArray().Select(value => value.ToString()))
                )),
                Column.Of("version", "model_version"),
                Column.Of("inference id", "id"),
            ]
        );
    }

    private static async Task AlertsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync("/api/v1/alerts", call.Cancellation),
            "No monitor has raised an alert.",
            Column.Of("endpoint", "endpoint"),
            Column.Of("monitor", "monitor"),
            Column.Of("kind", "kind"),
            Column.Of("metric", "metric"),
            Column.Number("value", "value"),
            Column.Number("limit", "limit"),
            new Column("window", row => $"{row.Text("windowFrom")} … {row.Text("windowTo")}"),
            Column.Number("version", "modelVersion")
        );

    private static string Traffic(JsonElement? deployments) =>
        deployments is { } list
            ? string.Join(
                ", ",
                list.EnumerateArray().Select(item => $"{item.Text("version")} ({item.Text("percent")} %)")
            )
            : "";
}
