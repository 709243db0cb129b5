using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.MLNet;

/// <summary>Loads what <c>MLContext.Model.Save</c> wrote.</summary>
internal sealed class MLNetRuntime : IModelRuntime
{
    public bool Supports(string format) => format == ModelDescription.MLNetZip;

    public IModel Load(ModelDescription description, string file)
    {
        // A model names the classes that read it: ML.NET only looks for them in assemblies that it was told of.
        var ml = new MLContext(seed: 1);
        ml.ComponentCatalog.RegisterAssembly(typeof(LightGbmRegressionTrainer).Assembly);
        var (transformer, schema) = Load(ml, file);
        return new MLNetModel(transformer, schema, description.Signature);
    }

    private static (ITransformer Transformer, DataViewSchema Schema) Load(MLContext ml, string file)
    {
        ITransformer transformer;
        DataViewSchema? schema;
        try
        {
            transformer = ml.Model.Load(file, out schema);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"ML.NET cannot load '{Path.GetFileName(file)}': {e.Message}",
                "Save the model with MLContext.Model.Save of a version that this server knows (5.0).",
                e
            );
        }

        return schema is not null
            ? (transformer, schema)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{Path.GetFileName(file)}' was saved without its input schema.",
                "Pass the schema of the training data to MLContext.Model.Save."
            );
    }
}
