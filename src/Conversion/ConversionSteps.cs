using System.Globalization;
using Google.Protobuf;
using Rondo.Conversion.Onnx;
using Rondo.Conversion.Parity;
using Rondo.Conversion.Scoring;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion;

/// <summary>The steps that convert models.</summary>
internal static class ConversionSteps
{
    public const int SampleRowsMax = 1_000_000;

    private const string FileName = "model.onnx";

    [Step]
    public static (Model Model, ModelConversion Conversion) ToOnnx(
        Model model,
        Table sample,
        [Argument] ConversionOptions options,
        StepContext context
    )
    {
        var proto = Convert(model);
        return Finish(model, proto, Feed.Of(model, sample), options, context);
    }

    /// <summary>The model as ONNX, not yet compared with the original.</summary>
    internal static ModelProto Convert(Model model) =>
        model.Description.Format == ModelDescription.MLNetZip
            ? ChainConverter.Convert(MLNetFile.Load(model), model.Description)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The model has the format '{model.Description.Format}', which cannot be written as ONNX.",
                $"Convert a model of the format {ModelDescription.MLNetZip}."
            );

    /// <summary>Saves it, compares it, and stops where it answers otherwise.</summary>
    internal static (Model Model, ModelConversion Conversion) Finish(
        Model model,
        ModelProto proto,
        Feed rows,
        ConversionOptions options,
        StepContext context
    )
    {
        var bytes = proto.ToByteArray();
        var converted = model.Converted(
            context,
            ModelDescription.Onnx,
            FileName,
            path => File.WriteAllBytes(path, bytes)
        );
        using var before = Scorer.Of(model);
        using var after = Scorer.Of(converted);
        var (sample, probes, extremes) = ParitySample.Of(rows, options);
        var parity = ParityCheck.Of(before.Score(sample), after.Score(sample), sample.Rows, options, extremes) with
        {
            ProbeRows = probes,
        };
        var conversion = new ModelConversion(
            LatencyProbe.Of(model.Description.Format, SizeOf(model), before, sample),
            LatencyProbe.Of(ModelDescription.Onnx, bytes.Length, after, sample),
            parity
        );
        Tell(conversion, context);
        return parity.Verdict.Passed
            ? (converted, conversion)
            : throw context.Stop(
                $"The ONNX model does not answer as the original does: {parity.Verdict.Reason}.",
                "Register the model as it is (mlnet-zip), or, where the differences do no harm, allow them with ConversionOptions; where only numbers that are huge or endless tell them apart and none can come in, leave these out (Extremes = false).",
                ("conversion", conversion)
            );
    }

    private static long SizeOf(Model model)
    {
        using var file = model.OpenFile();
        return file.Length;
    }

    private static void Tell(ModelConversion conversion, StepContext context)
    {
        foreach (var form in new[] { conversion.From, conversion.To })
        {
            context.Log(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{form.Format}: {form.SizeBytes} bytes; one row in {form.MedianUs:0.#} µs (median), {form.P99Us:0.#} µs (p99)"
                )
            );
        }
        foreach (var check in conversion.Parity.Verdict.Checks)
        {
            context.Log($"{(check.Passed ? "pass" : "FAIL")}  {check.Reason}");
        }
        context.Metric("size.bytes", conversion.To.SizeBytes);
        context.Metric("size.bytes.before", conversion.From.SizeBytes);
        context.Metric("latency.median.us", conversion.To.MedianUs);
        context.Metric("latency.median.us.before", conversion.From.MedianUs);
        context.Metric("parity.rows", conversion.Parity.Rows);
        context.Metric("parity.difference", conversion.Parity.Outputs.Max(output => output.MaxRelative));
    }
}
