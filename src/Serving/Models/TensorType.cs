namespace Rondo.Serving.Models;

/// <summary>The element types of the Open Inference Protocol that Rondo serves.</summary>
public enum TensorType
{
    FP32,
    FP64,
    INT32,
    INT64,
    BOOL,
    BYTES,
}
