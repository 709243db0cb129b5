using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Data;
using Rondo.Pipelines;
using Rondo.Pipelines.Export;
using Rondo.Sdk.Wire;

namespace Rondo.Cli.Commands;

/// <summary>Writes pipelines down for other systems.</summary>
internal static class ExportCommands
{
    private static readonly Argument<string> s_pipeline = new("pipeline") { Description = "The pipeline's name." };

    private static readonly Option<string?> s_image = new("--image")
    {
        Description = "The container image with the project in /app (else PROJECT:latest).",
    };

    private static readonly Option<string?> s_entry = new("--entry")
    {
        Description = "The file in /app that is started (else that of the package, or PROJECT.dll).",
    };

    private static readonly Option<KfpPlatform> s_platform = new("--platform")
    {
        Description = "What runs it: kubernetes, or vertex.",
        DefaultValueFactory = _ => KfpPlatform.Kubernetes,
    };

    private static readonly Option<string?> s_file = new("--file")
    {
        Description = "Where to write it (else the standard output).",
    };

    private static readonly Option<bool> s_allowLoss = new("--allow-loss")
    {
        Description = "Write it although something that matters is lost.",
    };

    private static readonly Option<string?> s_manifest = new("--manifest")
    {
        Description =
            "A manifest as 'dotnet APP.dll manifest' prints it, instead of a server (- for the standard input).",
    };

    // A person may have written it: what is left out is named.
    private static readonly JsonSerializerOptions s_strict = new(RondoJson.Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "export",
            "Write a pipeline down for another system.",
            (Func<Invocation, Task<int>>?)null,
            CommandBuilding.Make(
                "kfp",
                "As YAML for Kubeflow Pipelines and Vertex AI; says what is lost.",
                KfpAsync,
                s_pipeline,
                GlobalOptions.Environment,
                s_image,
                s_entry,
                s_platform,
                s_file,
                s_allowLoss,
                s_manifest
            )
        );

    private static async Task KfpAsync(Invocation call)
    {
        var path = call.Get(s_file);
        WrittenFile.Require(path);
        var result = call.Get(s_manifest) is { } file ? FromFile(call, file) : await FromServerAsync(call);
        if (!result.Refused && path is not null)
        {
            WrittenFile.Write(path, result.Files[0].Content);
        }

        Show(call, result, path);
        if (result.Refused)
        {
            var count = result.Losses.Count(loss => loss.Kind == LossKind.Semantic);
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Pipeline '{call.Get(s_pipeline)}' was not exported: {count} of its losses {(count == 1 ? "matters" : "matter")}.",
                "Change the pipeline, or write it all the same with --allow-loss."
            );
        }
    }

    private static ExportResult FromFile(Invocation call, string file)
    {
        var manifest = ReadManifest(file);
        PipelineCatalog.Check(manifest);
        var name = call.Get(s_pipeline);
        var pipeline =
            manifest.Pipelines.FirstOrDefault(known => known.Name == name)
            ?? throw new RondoException(
                ErrorCode.NotFound,
                $"The manifest of project '{manifest.Project}' has no pipeline '{name}'.",
                $"There is {string.Join(", ", manifest.Pipelines.Select(known => known.Name))}."
            );
        var target = KfpTarget.Of(manifest, call.Get(s_image), call.Get(s_entry), call.Get(s_platform));
        return KfpExport.Export(pipeline, target, call.Get(s_allowLoss));
    }

    private static async Task<ExportResult> FromServerAsync(Invocation call)
    {
        var path = await call.ProjectPathAsync();
        var answer = await call.Api.GetAsync(
            $"{path}/pipelines/{Segment.Of(call.Get(s_pipeline))}/export/kfp"
                + $"?environment={call.Get(GlobalOptions.Environment)}&platform={call.Get(s_platform)}&allowLoss={call.Get(s_allowLoss)}"
                + Also("image", call.Get(s_image))
                + Also("entry", call.Get(s_entry)),
            call.Cancellation
        );
        return answer.Deserialize<ExportResult>(RondoJson.Options)!;
    }

    private static string Also(string name, string? value) =>
        value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static Manifest ReadManifest(string file)
    {
        try
        {
            var text = file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file);
            return JsonSerializer.Deserialize<Manifest>(text, s_strict) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{file} is no manifest: {e.Message}",
                "Write one with 'dotnet APP.dll manifest'.",
                e
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var code = File.Exists(file) || Directory.Exists(file) ? ErrorCode.PermissionDenied : ErrorCode.NotFound;
            throw new RondoException(code, $"{file} cannot be read: {e.Message}", null, e);
        }
    }

    // The document may be piped: what is lost is told on the error stream.
    private static void Show(Invocation call, ExportResult result, string? path)
    {
        if (call.Screen.Json)
        {
            call.Screen.Document(
                new
                {
                    result.Refused,
                    Written = result.Refused || path is null ? null : Path.GetFullPath(path),
                    result.Files,
                    result.Losses,
                }
            );
            return;
        }

        // What is the same for many nodes is told once.
        foreach (
            var same in result.Losses.OrderByDescending(loss => loss.Kind).GroupBy(loss => loss with { Node = null })
        )
        {
            var kind = same.Key.Kind == LossKind.Semantic ? "lost " : "other";
            var nodes = string.Join(", ", same.Select(loss => loss.Node ?? "the pipeline"));
            call.Screen.Progress($"{kind} {same.Key.Construct}: {same.Key.What} ({nodes})");
        }

        if (result.Refused)
        {
            return;
        }

        if (path is null)
        {
            Console.Out.Write(result.Files[0].Content);
        }
        else
        {
            call.Screen.Progress($"Written to {path}.");
        }
    }
}
