using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using Rondo.Sdk;

namespace Rondo.Conversion.Scoring;

/// <summary>A fitted chain as ML.NET has saved it, with the schema of the rows that it takes.</summary>
internal sealed record MLNetFile(MLContext Context, ITransformer Chain, DataViewSchema Schema)
{
    // Trainers that this package does not bring: whoever trained with one has its assembly.
    private static readonly string[] s_trainers = ["Microsoft.ML.LightGbm", "Microsoft.ML.Mkl.Components"];

    public static MLNetFile Load(Model model)
    {
        var ml = new MLContext(seed: 1);
        ml.ComponentCatalog.RegisterAssembly(typeof(FastTreeRegressionTrainer).Assembly);
        foreach (var name in s_trainers)
        {
            Register(ml, name);
        }
        using var file = model.OpenFile();
        try
        {
            var chain = ml.Model.Load(file, out var schema);
            return schema is not null
                ? new(ml, chain, schema)
                : throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{model.Description.File}' was saved without its input schema.",
                    "Pass the schema of the training data to MLContext.Model.Save."
                );
        }
        catch (Exception e) when (e is not (OutOfMemoryException or RondoException))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"ML.NET cannot load '{model.Description.File}': {e.Message}",
                "Let the project that converts it reference the packages of all its trainers.",
                e
            );
        }
    }

    private static void Register(MLContext ml, string assembly)
    {
        try
        {
            ml.ComponentCatalog.RegisterAssembly(Assembly.Load(assembly));
        }
        catch (FileNotFoundException)
        {
            // Not referenced: then the model is not of it, or loading it says so.
        }
    }
}
