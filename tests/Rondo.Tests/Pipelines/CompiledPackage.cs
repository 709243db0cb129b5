using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Sdk.Generators;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>A package made from one source file, generator and all, as a build would make it from a repository.</summary>
internal static class CompiledPackage
{
    private static readonly string[] s_neededFiles =
    [
        "Rondo.Sdk.dll",
        "Rondo.Data.dll",
        "Rondo.Evaluation.dll",
        "Parquet.dll",
        "CommunityToolkit.HighPerformance.dll",
        "K4os.Compression.LZ4.dll",
        "Microsoft.IO.RecyclableMemoryStream.dll",
        "Snappier.dll",
        "ZstdSharp.dll",
    ];

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>Compiles, packs into the blob store, and asks the program for its manifest.</summary>
    public static async Task<(string Digest, Manifest Manifest)> MakeAsync(
        IBlobStore blobs,
        string folder,
        string source
    )
    {
        await MakeAsync(folder, source);
        using var zip = new MemoryStream();
        await ZipFile.CreateFromDirectoryAsync(folder, zip);
        zip.Position = 0;
        return ((await blobs.PutAsync(zip)).Digest, await ManifestAsync(Path.Combine(folder, "App.dll")));
    }

    /// <summary>Compiles it into a folder, ready to be run with <c>dotnet App.dll</c>.</summary>
    public static async Task MakeAsync(string folder, string source)
    {
        Directory.CreateDirectory(folder);
        Compile(source, Path.Combine(folder, "App.dll"));
        foreach (var file in s_neededFiles)
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, file), Path.Combine(folder, file));
        }

        await File.WriteAllTextAsync(
            Path.Combine(folder, "App.runtimeconfig.json"),
            """{"runtimeOptions":{"tfm":"net10.0","framework":{"name":"Microsoft.NETCore.App","version":"10.0.0"}}}"""
        );
        await File.WriteAllTextAsync(Path.Combine(folder, "rondo-package.json"), """{"entry":"App.dll"}""");
    }

    private static void Compile(string source, string file)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "App",
            [CSharpSyntaxTree.ParseText(Usings), CSharpSyntaxTree.ParseText(source)],
            references,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication,
                nullableContextOptions: NullableContextOptions.Enable,
                deterministic: true
            )
        );
        CSharpGeneratorDriver
            .Create(new StepGenerator())
            .RunGeneratorsAndUpdateCompilation(compilation, out var generated, out _);
        var emitted = generated.Emit(file);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
    }

    private static async Task<Manifest> ManifestAsync(string entry)
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [entry, "manifest"])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
                WorkingDirectory = Path.GetDirectoryName(entry),
            }
        )!;
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return JsonSerializer.Deserialize<Manifest>(printed, RondoJson.Options)!;
    }
}
