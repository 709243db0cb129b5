using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace TransitDemand;

/// <summary>A model of the demand in memory: trained here, or opened from an artifact.</summary>
internal sealed class DemandModel
{
    private readonly MLContext _ml;
    private readonly ITransformer _transformer;

    private DemandModel(MLContext ml, ITransformer transformer)
    {
        _ml = ml;
        _transformer = transformer;
    }

    public static DemandModel Train(Learner learner, IReadOnlyList<DayFeatures> days, int seed)
    {
        var ml = new MLContext(seed);
        return new(ml, Learners.Of(learner, ml, seed).Fit(ml.Data.LoadFromEnumerable(days)));
    }

    public static DemandModel Open(Model model)
    {
        using var file = model.OpenFile();
        var ml = new MLContext();
        return new(ml, ml.Model.Load(file, out _));
    }

    /// <summary>Entries in thousands, day by day.</summary>
    public float[] Predict(IReadOnlyList<DayFeatures> days) =>
        [.. _transformer.Transform(_ml.Data.LoadFromEnumerable(days)).GetColumn<float>(Learners.Output)];

    /// <summary>Saves it with what it takes and gives, and with <paramref name="example"/> as its recorded request.</summary>
    public Model Save(StepContext context, Learner learner, DayFeatures example)
    {
        var description = new ModelDescription(
            ModelDescription.MLNetZip,
            "model.zip",
            learner.ToString(),
            new ModelSignature(
                [
                    .. ModelInputs.Numbers.Select(number => new TensorSignature(number.Name, "FP32", [-1])),
                    .. ModelInputs.Texts.Select(text => new TensorSignature(text.Name, "BYTES", [-1])),
                ],
                [new TensorSignature(Learners.Output, "FP32", [-1])]
            ),
            Record(example)
        );
        return Model.Save(context, description, path => _ml.Model.Save(_transformer, InputSchema(), path));
    }

    private ModelExample Record(DayFeatures day)
    {
        var inputs = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var number in ModelInputs.Numbers)
        {
            inputs[number.Name] = JsonSerializer.SerializeToElement(number.Of(day));
        }
        foreach (var text in ModelInputs.Texts)
        {
            inputs[text.Name] = JsonSerializer.SerializeToElement(text.Of(day));
        }
        var answer = JsonSerializer.SerializeToElement(Predict([day])[0]);
        return new(inputs, new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [Learners.Output] = answer });
    }

    // Only what a request brings: otherwise label and unused columns would become inputs that every request must send.
    private DataViewSchema InputSchema()
    {
        var all = _ml.Data.LoadFromEnumerable<DayFeatures>([]);
        string[] inputs =
        [
            .. ModelInputs.Numbers.Select(number => number.Name),
            .. ModelInputs.Texts.Select(text => text.Name),
        ];
        return _ml.Transforms.SelectColumns(inputs).Fit(all).Transform(all).Schema;
    }
}
