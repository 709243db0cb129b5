using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rondo.Sdk;
using Rondo.Sdk.Generators;
using Rondo.Sdk.Wire;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>The manifest of examples/transit-demand, from its sources as they are.</summary>
internal static class TransitExample
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    public static Manifest Manifest()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("rondo-transit-").FullName, "Demand.dll");
        var sources = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "examples/transit-demand/src/Demand"), "*.cs")
            .Order(StringComparer.Ordinal)
            .Select(source => CSharpSyntaxTree.ParseText(File.ReadAllText(source)));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Demand",
            [CSharpSyntaxTree.ParseText(Usings), .. sources],
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
        var system = Assembly.LoadFrom(file).GetType("TransitDemand.TransitSystem")!;
        var app = (MlApp)system.GetMethod("Declare")!.Invoke(null, [Array.Empty<string>()])!;
        return app.ToManifest();
    }
}
