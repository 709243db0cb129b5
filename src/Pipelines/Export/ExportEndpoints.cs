using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export;

/// <summary>Exports of deployed pipelines.</summary>
internal static class ExportEndpoints
{
    private const int ImageLengthMax = 1000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/projects/{project}/pipelines/{pipeline}/export/kfp", KfpAsync)
            .Needs(Permission.Read, At.Project);

    private static async Task<ExportResult> KfpAsync(
        [AsParameters] KfpQuery query,
        PipelineCatalog catalog,
        PackageFolders packages,
        CancellationToken cancellation
    )
    {
        if (query.Image?.Length > ImageLengthMax || query.Entry?.Length > ImageLengthMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The image and the entry have at most {ImageLengthMax} characters.",
                "Name an image as NAME:TAG or NAME@sha256:DIGEST."
            );
        }

        var environment = query.Environment ?? PipelineCatalog.TriggeredEnvironment;
        var deployed = await catalog.RequireAsync(query.Project, environment, query.Pipeline);
        var entry = query.Entry ?? Path.GetFileName(await packages.EntryAsync(deployed.Package, cancellation));
        var project = new Manifest(Manifest.CurrentFormatVersion, query.Project, Version, [], [deployed.Manifest], []);
        return KfpExport.Export(
            deployed.Manifest,
            KfpTarget.Of(project, query.Image, entry, PlatformOf(query.Platform)),
            query.AllowLoss ?? false
        );
    }

    private static KfpPlatform PlatformOf(string? name) =>
        name is null ? KfpPlatform.Kubernetes
        : Enum.TryParse<KfpPlatform>(name, ignoreCase: true, out var platform) && Enum.IsDefined(platform) ? platform
        : throw new RondoException(
            ErrorCode.InvalidArgument,
            $"'{name}' is not a platform that runs exported pipelines.",
            $"There is {string.Join(", ", Enum.GetNames<KfpPlatform>()).ToLowerInvariant()}."
        );

    private static string Version => typeof(Manifest).Assembly.GetName().Version?.ToString(3) ?? "0";

    private sealed record KfpQuery(
        string Project,
        string Pipeline,
        string? Environment,
        string? Image,
        string? Entry,
        string? Platform,
        bool? AllowLoss
    );
}
