using Microsoft.ML.OnnxRuntime;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.Onnx;

/// <summary>Loads ONNX models into ONNX Runtime.</summary>
internal sealed class OnnxModelRuntime : IModelRuntime
{
    public bool Supports(string format) => format == ModelDescription.Onnx;

    public IModel Load(ModelDescription description, string file)
    {
        var session = Open(file);
        try
        {
            return new OnnxModel(session, description.Signature);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static InferenceSession Open(string file)
    {
        // Requests are answered beside each other: each on its own thread, and none that waits for work while it burns a core.
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            return new InferenceSession(file, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"ONNX Runtime cannot load '{Path.GetFileName(file)}': {e.Message}",
                $"Save a model of operators that it knows (ONNX Runtime {OrtEnv.Instance().GetVersionString()}).",
                e
            );
        }
    }
}
